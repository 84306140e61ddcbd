"""Search over the register's entities: `Search.open(folder)`, then `query`. The index is made of the store and can be thrown away."""

from sousveil.register.search.model import Document, Found, Highlight, Results
from sousveil.register.search.search import Search

__all__ = ["Document", "Found", "Highlight", "Results", "Search"]
