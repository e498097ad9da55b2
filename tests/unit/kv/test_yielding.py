"""A busy event loop gives threads their turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mini_server.kv.sqlite import SqliteKV
from mini_server.kv.yielding import Turns


class FakeLoop:
    """Runs what was scheduled when told."""

    def __init__(self) -> None:
        self.scheduled: list[tuple[Callable[..., None], tuple[Any, ...]]] = []

    def call_later(self, delay: float, function: Callable[..., None], *arguments: Any) -> None:
        self.scheduled.append((function, arguments))

    def pass_time(self) -> None:
        due, self.scheduled = self.scheduled, []
        for function, arguments in due:
            function(*arguments)


def test_the_loop_sleeps_only_while_an_answer_is_late() -> None:
    sleeps: list[float] = []
    loop: Any = FakeLoop()
    turns = Turns(sleeps.append)
    turns.begin(loop)
    turns.begin(loop)
    loop.pass_time()
    assert len(sleeps) == 1
    turns.end()
    loop.pass_time()
    assert len(sleeps) == 1, "there was an answer meanwhile"
    loop.pass_time()
    assert len(sleeps) == 2
    turns.end()
    loop.pass_time()
    assert (len(sleeps), loop.scheduled) == (2, [])
    turns.begin(loop)
    assert len(loop.scheduled) == 1


@pytest.mark.slow
def test_a_saturated_loop_does_not_starve_writes(tmp_path: Path) -> None:
    async def main() -> float:
        kv = SqliteKV(tmp_path)

        async def spin() -> None:
            while True:
                end = time.perf_counter() + 0.0002
                while time.perf_counter() < end:
                    """Busy."""
                await asyncio.sleep(0)

        busy = asyncio.ensure_future(spin())
        start = time.perf_counter()
        for i in range(10):
            await kv.create(f"/{i}", b"x")
        taken = time.perf_counter() - start
        busy.cancel()
        await kv.close()
        return taken

    # 30 ms on a quiet machine; 5 s and more where the loop does not give way.
    assert asyncio.run(main()) < 2.0
