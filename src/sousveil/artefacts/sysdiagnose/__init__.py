"""Artefacts of an iOS sysdiagnose archive."""
