"""One file a page, each with the constant `PAGE` (or `PAGES`)."""
