"""The register as known at a log size: which records bear a name, and which record a question means."""
