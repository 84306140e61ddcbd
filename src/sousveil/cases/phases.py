"""How long the parts of one examination took, for `run.json`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

_log = logging.getLogger(__name__)


class Phases:
    """A clock of one examination: `done` ends a phase, the next one begins there.

    The phases are `opening`, `reading` (with the timeline and the observables), `looking` (at every byte, with the
    manifest), `judging` and `writing`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.started = datetime.now(UTC)
        self.seconds: dict[str, float] = {}
        """Phase -> how long it took, in the order of the phases."""
        self._clock = clock
        self._last = clock()

    def done(self, phase: str) -> None:
        """A phase has ended."""
        now = self._clock()
        self.seconds[phase] = now - self._last
        self._last = now
        _log.info("%s took %.1f s", phase, self.seconds[phase])
