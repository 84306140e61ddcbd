"""A leaked list of selected phone numbers, examined by many newsrooms: vault, import, look-ups.

Stands above `cases`; imports neither `register` nor `web`. See docs/concepts/investigation.md.
"""
