"""Complaints: another database, process, user and host name than the register. Nothing here is public."""
