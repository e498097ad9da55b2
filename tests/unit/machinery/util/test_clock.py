"""The clock of tests moves only when it is told to."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from pykubectl.machinery.util.clock import FakeClock, RealClock


def test_fake_clock() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    clock = FakeClock(start)
    before = clock.monotonic()
    clock.advance(90)
    assert clock.now() == start + timedelta(seconds=90)
    assert clock.monotonic() - before == 90


def test_real_clock() -> None:
    clock = RealClock()
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()
    event = threading.Event()
    event.set()
    assert clock.wait(event, 5)
