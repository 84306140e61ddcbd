"""An answer for people: the short form that fits ten lines, and what of an answer somebody could still show."""
