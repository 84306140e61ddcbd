"""One module per file of the phone: where it lies, its layout in each iOS version, and how rows are put in."""
