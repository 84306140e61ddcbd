"""The version of this package, apart from the public interface, so that any module may state it."""

__version__ = "0.1.0"
