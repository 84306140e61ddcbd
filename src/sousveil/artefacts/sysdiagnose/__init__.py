"""Artefacts of a sysdiagnose archive of an iPhone or iPad."""
