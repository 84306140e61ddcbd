"""The part for staff, below `/staff/`: accounts, what each role may do, drafts, and what waits for whom.

Readers have no account and meet none of this. What is published is signed elsewhere, with keys that never come here
(docs/concepts/permissions.md).
"""
