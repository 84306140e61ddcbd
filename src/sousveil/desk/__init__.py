"""The desk: bidders screened for an authority, listed companies watched, regulators told (letter, demands (j) and (k))."""
