"""Sousveil watches the watchers: from a trace on a phone to evidence that can be checked."""

import os

__version__ = "0.1.0"

# Before anything imports numpy: nobody needs its threads and their memory.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
