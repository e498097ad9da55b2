"""One object as it changes: what waiting and following look at.

Source of the order of requests: client-go ``tools/watch/until.go`` UntilWithSync.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any

from pykubectl.client.watch import BOOKMARK, DELETED
from pykubectl.machinery.errors import StatusError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pykubectl.client.watch import Watch
    from pykubectl.machinery.util.clock import Clock
    from pykubectl.visitor.info import Info

Object = dict[str, Any]

# "For ever", as kubectl has it.
WEEK = 168 * 3600.0
# A watch asks for no more than this; then the object is read once more.
_LONGEST_WATCH = 300
# Between a watch that ends at once, as some proxies have it, and the next one.
_PAUSE = 1.0


class Deadline:
    """So many ``seconds`` from now; a negative number of them: a week."""

    def __init__(self, seconds: float, clock: Clock | None = None) -> None:
        if clock is None:
            from pykubectl.machinery.util.clock import RealClock

            clock = RealClock()
        self.seconds = seconds if seconds >= 0 else WEEK
        self._clock = clock
        self._end = clock.monotonic() + self.seconds

    @property
    def left(self) -> float:
        """Seconds that are left; 0 when it is over."""
        return max(0.0, self._end - self._clock.monotonic())

    def sleep(self, seconds: float) -> None:
        """Waits, but not beyond the deadline."""
        self._clock.wait(threading.Event(), min(seconds, self.left))


def states(info: Info, deadline: Deadline) -> Iterator[Object | None]:
    """The object as it is now, and as it is after each change, until the deadline; None while there is none.

    Raises StatusError where it cannot be read. A watch that ends, or that the server ends with an error, is begun anew.
    """
    selector = f"metadata.name={info.name}"
    kind = info.mapping.kind
    while True:
        listed = info.client.list(field_selector=selector)
        found = listed["items"]
        yield {"apiVersion": kind.api_version, "kind": kind.kind, **found[0]} if found else None
        if not deadline.left:
            return
        began = deadline.left
        events = info.client.watch(
            field_selector=selector,
            resource_version=listed["metadata"]["resourceVersion"],
            timeout_seconds=max(1, math.ceil(min(deadline.left, _LONGEST_WATCH))),
        )
        yield from _events(events, deadline)
        if not deadline.left:
            return
        if began - deadline.left < _PAUSE:
            deadline.sleep(_PAUSE)


def _events(events: Watch[Object], deadline: Deadline) -> Iterator[Object | None]:
    timer = threading.Timer(deadline.left, events.stop)
    timer.daemon = True
    timer.start()
    try:
        for event in events:
            if event.type != BOOKMARK:
                yield None if event.type == DELETED else event.object
    except StatusError:
        # The version is too old, or the server gives up: what there is is read again.
        return
    finally:
        events.stop()
        timer.cancel()
