"""Makes synthetic Android acquisitions: bugreports of several versions and containers, and AndroidQF archives.

Written from descriptions of the formats alone; nothing of the product is imported, so that the generator checks it.
"""

from phonegen.android.model import Android, Fact

__all__ = ["Android", "Fact"]
