"""Names of bidders that are alike in writing, in sound or in part."""
