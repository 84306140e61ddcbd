"""Every file of a dump of an Android phone's file system, or of a list of its files."""

from sousveil.artefacts.file_listing import listing

ARTEFACT = listing("android.dump_files", "List of the dump's files")
