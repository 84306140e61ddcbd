"""Trace sources of Android phones: one a file."""
