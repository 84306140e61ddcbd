"""Complaints: another database, process, user and host name than the register. Nothing here is public.

A complaint is read in memory, encrypted to people, and only then stored; whoever has its receipt, and nobody else, can read
the answers. See docs/concepts/complaints.md. This package imports errors, kinds and ledger, never register or web.
"""
