"""Sousveil watches the watchers: from a trace on a phone to evidence that can be checked."""

__version__ = "0.1.0"
