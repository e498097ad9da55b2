"""Time, injected: whoever waits or looks at the time takes a `Clock`."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall time, a monotonic counter, and a wait that either the clock or an event ends."""

    def now(self) -> datetime:
        """The time, aware and in UTC."""

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""

    def wait(self, event: threading.Event, timeout: float) -> bool:
        """Blocks until the event is set or the seconds are over; True where the event is set."""


class RealClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """`time.monotonic`."""
        return time.monotonic()

    def wait(self, event: threading.Event, timeout: float) -> bool:
        """Waits in real time."""
        return event.wait(timeout)


class FakeClock:
    """A clock that stands still until `advance` is called. Safe to use from several threads."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 1, 1, tzinfo=UTC)
        self._monotonic = 0.0
        self._changed = threading.Condition()
        self._waiting: set[str] = set()

    def now(self) -> datetime:
        """The time it was set to, plus what it was advanced by."""
        with self._changed:
            return self._now

    def monotonic(self) -> float:
        """Seconds it was advanced by."""
        with self._changed:
            return self._monotonic

    def advance(self, seconds: float) -> None:
        """Moves on and wakes everyone whose wait is over."""
        with self._changed:
            self._now += timedelta(seconds=seconds)
            self._monotonic += seconds
            self._changed.notify_all()

    def wait(self, event: threading.Event, timeout: float) -> bool:
        """Waits until the clock has been advanced past the time-out, or the event is set."""
        thread = threading.current_thread().name
        with self._changed:
            due = self._monotonic + timeout
            self._waiting.add(thread)
            self._changed.notify_all()
            while not event.is_set() and self._monotonic < due:
                # The event is set by others without telling this clock, hence the short looks at it.
                self._changed.wait(0.005)
            self._waiting.discard(thread)
        return event.is_set()

    def until_waiting(self, thread: str) -> None:
        """Returns when the thread of that name waits: from then on it sees how the clock is advanced.

        Raises TimeoutError where it has not come to that in 10 seconds of real time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: thread in self._waiting, 10):
                raise TimeoutError(f"{thread} does not wait")
