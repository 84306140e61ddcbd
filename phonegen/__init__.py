"""Makes synthetic iOS backups and Android acquisitions: for tests, benchmarks and the shipped example phone.

This package stands beside the product and imports nothing of it, so that a mistake in the product cannot hide itself
in its own test data. Everything is made by code from a seed; the same seed, code and library versions give the same
bytes.
"""

from phonegen.core import DatabaseModule, Phone, file_id, mac_ns, mac_seconds

__all__ = ["DatabaseModule", "Phone", "file_id", "mac_ns", "mac_seconds"]
