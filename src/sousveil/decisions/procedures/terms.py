"""Until when a step is owed, for those who ask it by this name: see `days.py`."""

from sousveil.decisions.procedures.days import due as due
from sousveil.decisions.procedures.days import proof as proof
