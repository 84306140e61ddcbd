"""Every file of a dump of an iPhone's file system, or of a list of its files."""

from sousveil.artefacts.file_listing import listing

ARTEFACT = listing("ios.dump_files", "List of the dump's files")
