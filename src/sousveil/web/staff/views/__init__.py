"""One module for the acts of each part; what may be done there stands in `permissions.py`."""
