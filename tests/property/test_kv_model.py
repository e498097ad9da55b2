"""Key-value stores beside a model: a dict per revision."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mini_server.kv.interface import (
    FIRST_REVISION,
    KV,
    Compacted,
    Event,
    KeyExists,
    KeyNotFound,
    KeyValue,
    RevisionMismatch,
    StoreError,
)
from mini_server.kv.memory import MemoryKV
from mini_server.kv.sqlite import SqliteKV

KEYS = ("/p/a", "/p/b", "/p/b/c", "/q/a", "/p")
PREFIXES = ("", "/p", "/p/", "/q/", "/p/b")


class Step(NamedTuple):
    kind: str
    key: str
    # How far from the right revision: 0 means the right one.
    off: int


STEPS = st.builds(
    Step,
    st.sampled_from(["create", "create", "update", "update", "delete", "delete any", "compact", "reopen"]),
    st.sampled_from(KEYS),
    st.sampled_from([0, 0, 0, 1, -1]),
)


class Model:
    """What a store is to do, said as simply as possible."""

    def __init__(self) -> None:
        self.states: list[dict[str, KeyValue]] = [{}, {}]
        self.events: list[Event] = []
        self.compacted = 0

    @property
    def revision(self) -> int:
        return len(self.states) - 1

    @property
    def now(self) -> dict[str, KeyValue]:
        return self.states[-1]

    def put(self, key: str, value: bytes) -> int:
        revision = self.revision + 1
        prev = self.now.get(key)
        created, version = (prev.create_revision, prev.version + 1) if prev is not None else (revision, 1)
        kv = KeyValue(key, value, created, revision, version)
        self.states.append({**self.now, key: kv})
        self.events.append(Event("PUT", kv, prev))
        return revision

    def delete(self, key: str) -> int:
        revision = self.revision + 1
        prev = self.now[key]
        self.states.append({name: kv for name, kv in self.now.items() if name != key})
        self.events.append(Event("DELETE", KeyValue(key, b"", 0, revision, 0), prev))
        return revision

    def expected(self, step: Step, revision: int, value: bytes) -> int | type[StoreError]:
        """The result of a write, which is done to the model."""
        current = self.now.get(step.key)
        if step.kind == "create":
            return self.put(step.key, value) if current is None else KeyExists
        if current is None:
            return KeyNotFound
        if step.kind != "delete any" and current.mod_revision != revision:
            return RevisionMismatch
        return self.put(step.key, value) if step.kind == "update" else self.delete(step.key)


async def write(kv: KV, step: Step, revision: int, value: bytes) -> int | type[StoreError]:
    try:
        if step.kind == "create":
            return await kv.create(step.key, value)
        if step.kind == "update":
            return await kv.update(step.key, value, revision)
        return (await kv.delete(step.key, None if step.kind == "delete any" else revision))[0]
    except StoreError as error:
        return type(error)


async def compare_reads(kv: KV, model: Model) -> None:
    for revision in range(max(model.compacted, FIRST_REVISION), model.revision + 1):
        state = model.states[revision]
        for prefix in PREFIXES:
            expected = [state[key] for key in sorted(state) if key.startswith(prefix)]
            result = await kv.range(prefix, revision=revision)
            assert (result.kvs, result.count, result.more) == (expected, len(expected), False)
            limited = await kv.range(prefix, "/p/b", 1, revision)
            rest = [entry for entry in expected if entry.key >= "/p/b"]
            assert (limited.kvs, limited.count, limited.more) == (rest[:1], len(rest), len(rest) > 1)
        for key in KEYS:
            assert (await kv.get(key, revision))[0] == state.get(key)


async def read_all(kv: KV, prefix: str, first: int, count: int) -> list[Event]:
    watch = await kv.watch(prefix, first)
    seen: list[Event] = []
    while len(seen) < count:
        seen += await anext(watch)
    watch.cancel()
    return seen


async def compare_watches(kv: KV, model: Model) -> None:
    for prefix in PREFIXES:
        first = model.compacted + 1
        expected = [e for e in model.events if e.kv.key.startswith(prefix) and e.kv.mod_revision >= first]
        assert await read_all(kv, prefix, first, len(expected)) == expected
    for revision in range(1, model.compacted):
        with pytest.raises(Compacted):
            await kv.range("", revision=revision)


async def run(steps: list[Step], open_kv: Callable[[], KV], *, durable: bool) -> None:
    kv, model = open_kv(), Model()
    sunk: list[Event] = []
    await kv.watch("", 0, sunk.extend)
    for number, step in enumerate(steps):
        if step.kind == "reopen":
            if durable:
                await kv.close()
                kv = open_kv()
                await kv.watch("", 0, sunk.extend)
        elif step.kind == "compact":
            if model.revision - 1 > model.compacted:
                model.compacted = model.revision - 1
                await kv.compact(model.compacted)
        else:
            current = model.now.get(step.key)
            revision = (current.mod_revision if current is not None else 0) + step.off
            value = b"%d" % number
            assert model.expected(step, revision, value) == await write(kv, step, revision, value)
        assert kv.revision == model.revision
    assert [(event.type, event.kv) for event in sunk] == [(event.type, event.kv) for event in model.events]
    await compare_reads(kv, model)
    await compare_watches(kv, model)
    await kv.close()


@given(st.lists(STEPS, max_size=25))
@settings(deadline=None, max_examples=100)
def test_the_memory_store_is_like_the_model(steps: list[Step]) -> None:
    asyncio.run(run(steps, MemoryKV, durable=False))


@pytest.mark.slow
@given(st.lists(STEPS, max_size=25))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_the_sqlite_store_is_like_the_model(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(run(steps, lambda: SqliteKV(Path(directory)), durable=True))


@pytest.mark.slow
@given(st.lists(STEPS, max_size=25))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_grouped_writes_are_like_the_model(steps: list[Step]) -> None:
    """All writes are sent at once: they are committed together and yet decided in their order."""
    writes = [step for step in steps if step.kind in ("create", "delete any")]

    async def main(directory: Path) -> None:
        kv, model = SqliteKV(directory), Model()
        results = await asyncio.gather(*(write(kv, step, 0, b"%d" % i) for i, step in enumerate(writes)))
        assert results == [model.expected(step, 0, b"%d" % i) for i, step in enumerate(writes)]
        await compare_reads(kv, model)
        await kv.close()

    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(main(Path(directory)))
