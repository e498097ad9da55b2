"""Lets a thread have its turn while the event loop is busy.

A loop under load gives the interpreter lock away only for moments (a poll that returns at once, a send), too short
for a waiting thread to wake up and take it: on a saturated loop a write waited for seconds. So while somebody waits
for a thread that has not answered for a while, the loop sleeps for a tenth of a millisecond now and then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_AFTER = 0.0005
_SLEEP = 0.0001


class Turns:
    """Counts what a loop waits for from threads."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._waiting = 0
        self._answered = 0
        self._armed = False

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Something has been given to a thread."""
        self._waiting += 1
        if not self._armed:
            self._arm(loop)

    def end(self, count: int = 1) -> None:
        """So many answers have come."""
        self._waiting -= count
        self._answered += count

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._armed = True
        loop.call_later(_AFTER, self._look, loop, self._answered)

    def _look(self, loop: asyncio.AbstractEventLoop, answered: int) -> None:
        self._armed = False
        if not self._waiting:
            return
        if self._answered == answered:
            self._sleep(_SLEEP)
        self._arm(loop)
