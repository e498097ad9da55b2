"""What a controller has asked for and not yet seen in its cache.

Without them a controller that looks at a cache lagging behind its own writes would create or delete twice.
Source: kubernetes ``pkg/controller/controller_utils.go`` ControllerExpectations.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from pykubectl.machinery.util.clock import Clock

# After so many seconds an unmet expectation is given up: the watch must have missed something.
TIMEOUT = 300.0


class Expectations:
    """Per key, the number of creations and the uids of deletions still to be seen. Safe to use from several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._creations: dict[str, int] = {}
        self._deletions: dict[str, set[str]] = {}
        self._since: dict[str, float] = {}

    def expect(self, key: str, creations: int = 0, deletions: Iterable[str] = ()) -> None:
        """Replaces what is expected for a key."""
        with self._lock:
            self._creations[key] = creations
            self._deletions[key] = set(deletions)
            self._since[key] = self._clock.monotonic()

    def creation_seen(self, key: str) -> None:
        """A creation was observed, or has failed and will not be."""
        with self._lock:
            if self._creations.get(key, 0) > 0:
                self._creations[key] -= 1

    def deletion_seen(self, key: str, uid: str) -> None:
        """A deletion was observed, or has failed and will not be."""
        with self._lock:
            self._deletions.get(key, set()).discard(uid)

    def satisfied(self, key: str) -> bool:
        """True where nothing is outstanding, or has been for too long."""
        with self._lock:
            if not self._creations.get(key) and not self._deletions.get(key):
                return True
            return self._clock.monotonic() - self._since[key] > TIMEOUT

    def forget(self, key: str) -> None:
        """The controller's object is gone."""
        with self._lock:
            for table in (self._creations, self._deletions, self._since):
                table.pop(key, None)
