"""What every key-value store promises."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from mini_server.kv.interface import (
    FIRST_REVISION,
    KV,
    Compacted,
    Event,
    FutureRevision,
    KeyExists,
    KeyNotFound,
    KeyValue,
    RevisionMismatch,
    StoreClosed,
    Watch,
    WatchOverflow,
)
from pykubectl.machinery.util.clock import FakeClock
from tests.contract.kv_support import BACKLOG, every_kv


async def take(watch: Watch, count: int) -> list[tuple[str, str, int]]:
    """The next events of a watch as (type, key, revision)."""
    seen: list[Event] = []
    while len(seen) < count:
        seen += await anext(watch)
    return [(event.type, event.kv.key, event.kv.mod_revision) for event in seen]


async def fill(kv: KV, *keys: str) -> list[int]:
    return [await kv.create(key, key.encode()) for key in keys]


# -- writes


@every_kv
async def test_an_empty_store_is_at_the_first_revision(kv: KV, clock: FakeClock) -> None:
    assert kv.revision == FIRST_REVISION
    assert await kv.get("/a") == (None, FIRST_REVISION)


@every_kv
async def test_create_gives_the_next_revision(kv: KV, clock: FakeClock) -> None:
    assert await fill(kv, "/a", "/b") == [2, 3]
    assert await kv.get("/b") == (KeyValue("/b", b"/b", 3, 3, 1), 3)
    assert kv.revision == 3


@every_kv
async def test_create_of_an_existing_key_fails_and_takes_no_revision(kv: KV, clock: FakeClock) -> None:
    await fill(kv, "/a")
    with pytest.raises(KeyExists):
        await kv.create("/a", b"other")
    assert await kv.get("/a") == (KeyValue("/a", b"/a", 2, 2, 1), 2)


@every_kv
async def test_update_counts_versions_and_keeps_the_create_revision(kv: KV, clock: FakeClock) -> None:
    await fill(kv, "/a")
    assert await kv.update("/a", b"2", 2) == 3
    assert await kv.update("/a", b"3", 3) == 4
    assert (await kv.get("/a"))[0] == KeyValue("/a", b"3", 2, 4, 3)


@every_kv
async def test_update_at_an_old_revision_tells_the_current_state(kv: KV, clock: FakeClock) -> None:
    await fill(kv, "/a")
    await kv.update("/a", b"2", 2)
    with pytest.raises(RevisionMismatch) as caught:
        await kv.update("/a", b"lost", 2)
    assert caught.value.current == KeyValue("/a", b"2", 2, 3, 2)


@every_kv
async def test_update_of_a_missing_key_fails(kv: KV, clock: FakeClock) -> None:
    with pytest.raises(KeyNotFound):
        await kv.update("/a", b"x", 1)


@every_kv
async def test_delete_takes_a_revision_and_gives_what_was_there(kv: KV, clock: FakeClock) -> None:
    await fill(kv, "/a")
    assert await kv.delete("/a") == (3, KeyValue("/a", b"/a", 2, 2, 1))
    assert await kv.get("/a") == (None, 3)


@every_kv
async def test_delete_checks_the_revision(kv: KV, clock: FakeClock) -> None:
    await fill(kv, "/a")
    with pytest.raises(RevisionMismatch):
        await kv.delete("/a", 1)
    with pytest.raises(KeyNotFound):
        await kv.delete("/b", 1)
    assert (await kv.delete("/a", 2))[0] == 3


@every_kv
async def test_a_key_created_again_starts_at_version_one(kv: KV, clock: FakeClock) -> None:
    await fill(kv, "/a")
    await kv.delete("/a")
    assert await kv.create("/a", b"new") == 4
    assert (await kv.get("/a"))[0] == KeyValue("/a", b"new", 4, 4, 1)


@every_kv
async def test_of_concurrent_creates_one_wins(kv: KV, clock: FakeClock) -> None:
    results = await asyncio.gather(*(kv.create("/a", b"%d" % i) for i in range(20)), return_exceptions=True)
    assert [result for result in results if isinstance(result, int)] == [2]
    assert sum(isinstance(result, KeyExists) for result in results) == 19


@every_kv
async def test_concurrent_updates_lose_nothing(kv: KV, clock: FakeClock) -> None:
    await kv.create("/n", b"0")

    async def add() -> None:
        current = (await kv.get("/n"))[0]
        while current is not None:
            try:
                await kv.update("/n", b"%d" % (int(current.value) + 1), current.mod_revision)
                return
            except RevisionMismatch as mismatch:
                current = mismatch.current

    await asyncio.gather(*(add() for _ in range(20)))
    current = (await kv.get("/n"))[0]
    assert current is not None and (current.value, current.version) == (b"20", 21)


@every_kv
async def test_operations_sent_together_are_decided_in_order(kv: KV, clock: FakeClock) -> None:
    results = await asyncio.gather(
        kv.create("/a", b"1"), kv.update("/a", b"2", 2), kv.delete("/a", 3), kv.create("/a", b"3")
    )
    assert list(results) == [2, 3, (4, KeyValue("/a", b"2", 2, 3, 2)), 5]


# -- reads


@every_kv
async def test_range_is_sorted_and_bounded_by_the_prefix(kv: KV, clock: FakeClock) -> None:
    await fill(kv, "/p/b", "/p/a", "/q/a", "/p", "/p0")
    result = await kv.range("/p/")
    assert [entry.key for entry in result.kvs] == ["/p/a", "/p/b"]
    assert (result.more, result.count, result.revision) == (False, 2, 6)


@every_kv
async def test_range_with_a_limit_counts_what_is_left(kv: KV, clock: FakeClock) -> None:
    await fill(kv, *(f"/p/{i}" for i in range(5)))
    first = await kv.range("/p/", limit=2)
    assert ([entry.key for entry in first.kvs], first.more, first.count) == (["/p/0", "/p/1"], True, 5)
    second = await kv.range("/p/", start="/p/1\x00", limit=3)
    assert ([entry.key for entry in second.kvs], second.more, second.count) == (["/p/2", "/p/3", "/p/4"], False, 3)


@every_kv
async def test_range_of_everything(kv: KV, clock: FakeClock) -> None:
    await fill(kv, "/b", "a", "ü")
    assert [entry.key for entry in (await kv.range("")).kvs] == ["/b", "a", "ü"]


@every_kv
async def test_reads_at_an_old_revision(kv: KV, clock: FakeClock) -> None:
    await fill(kv, "/p/a", "/p/b")
    await kv.update("/p/a", b"new", 2)
    await kv.delete("/p/b")
    await kv.create("/p/c", b"c")
    assert (await kv.get("/p/a", 3))[0] == KeyValue("/p/a", b"/p/a", 2, 2, 1)
    assert (await kv.get("/p/b", 5))[0] is None
    old = await kv.range("/p/", revision=3)
    assert [(entry.key, entry.value) for entry in old.kvs] == [("/p/a", b"/p/a"), ("/p/b", b"/p/b")]
    assert old.revision == 6


@every_kv
async def test_reads_at_a_future_revision_are_refused(kv: KV, clock: FakeClock) -> None:
    with pytest.raises(FutureRevision) as caught:
        await kv.get("/a", 9)
    assert caught.value.current == FIRST_REVISION
    with pytest.raises(FutureRevision):
        await kv.range("/a", revision=2)


# -- watches


@every_kv
async def test_a_watch_from_now_sees_what_comes(kv: KV, clock: FakeClock) -> None:
    await fill(kv, "/p/old")
    watch = await kv.watch("/p/")
    await fill(kv, "/p/a", "/q/a")
    await kv.update("/p/a", b"2", 3)
    await kv.delete("/p/a")
    assert await take(watch, 3) == [("PUT", "/p/a", 3), ("PUT", "/p/a", 5), ("DELETE", "/p/a", 6)]
    assert watch.revision == 6


@every_kv
async def test_events_tell_what_was_there_before(kv: KV, clock: FakeClock) -> None:
    watch = await kv.watch("/p/")
    await fill(kv, "/p/a")
    await kv.update("/p/a", b"2", 2)
    await kv.delete("/p/a")
    seen: list[Event] = []
    while len(seen) < 3:
        seen += await anext(watch)
    states = [KeyValue("/p/a", b"/p/a", 2, 2, 1), KeyValue("/p/a", b"2", 2, 3, 2)]
    assert [event.prev for event in seen] == [None, *states]
    assert [event.kv for event in seen] == [*states, KeyValue("/p/a", b"", 0, 4, 0)]


@every_kv
async def test_a_watch_from_a_revision_replays_history_then_goes_on(kv: KV, clock: FakeClock) -> None:
    await fill(kv, "/p/a", "/p/b")
    await kv.delete("/p/a")
    watch = await kv.watch("/p/", 3)
    await kv.create("/p/c", b"c")
    assert await take(watch, 3) == [("PUT", "/p/b", 3), ("DELETE", "/p/a", 4), ("PUT", "/p/c", 5)]


@every_kv
async def test_replayed_events_equal_live_ones(kv: KV, clock: FakeClock) -> None:
    live = await kv.watch("/p/")
    await fill(kv, "/p/a")
    await kv.update("/p/a", b"2", 2)
    await kv.delete("/p/a")
    replayed = await kv.watch("/p/", 2)
    events: list[list[Event]] = [[], []]
    for watch, seen in zip((live, replayed), events):
        while len(seen) < 3:
            seen += await anext(watch)
    assert events[0] == events[1]


@every_kv
async def test_no_gap_between_history_and_live_under_load(kv: KV, clock: FakeClock) -> None:
    async def write(start: int) -> None:
        for i in range(start, start + 20):
            await kv.create(f"/p/{i:03}", b"x")

    async def follow() -> list[tuple[str, str, int]]:
        return await take(await kv.watch("/p/", 2), 40)

    writers = asyncio.gather(write(0), write(20))
    followers = await asyncio.gather(*(follow() for _ in range(5)))
    await writers
    for seen in followers:
        assert [revision for _, _, revision in seen] == list(range(2, 42))


@every_kv
async def test_a_watch_from_a_future_revision_waits_for_it(kv: KV, clock: FakeClock) -> None:
    watch = await kv.watch("/p/", 4)
    await fill(kv, "/p/a", "/p/b", "/p/c")
    assert await take(watch, 1) == [("PUT", "/p/c", 4)]


@every_kv
async def test_a_sink_has_seen_a_write_when_the_writer_goes_on(kv: KV, clock: FakeClock) -> None:
    seen: list[int] = []

    def sink(events: Sequence[Event]) -> None:
        seen.extend(event.kv.mod_revision for event in events)

    watch = await kv.watch("/p/", 0, sink)

    async def write(i: int) -> None:
        revision = await kv.create(f"/p/{i}", b"x")
        assert revision in seen
        assert watch.revision >= revision

    await asyncio.gather(*(write(i) for i in range(30)))
    assert seen == list(range(2, 32))
    watch.cancel()
    await kv.create("/p/late", b"x")
    assert len(seen) == 30


@every_kv
async def test_a_sink_gets_the_history_too(kv: KV, clock: FakeClock) -> None:
    await fill(kv, "/p/a", "/p/b")
    seen: list[str] = []
    await kv.watch("/p/", 2, lambda events: seen.extend(event.kv.key for event in events))
    assert seen == ["/p/a", "/p/b"]


@every_kv
async def test_cancel_ends_the_iteration(kv: KV, clock: FakeClock) -> None:
    watch = await kv.watch("/p/")
    reader = asyncio.ensure_future(anext(watch, None))
    await asyncio.sleep(0)
    watch.cancel()
    watch.cancel()
    assert await reader is None
    await fill(kv, "/p/a")
    assert [batch async for batch in watch] == []


@every_kv
async def test_a_watcher_that_does_not_read_is_ended(kv: KV, clock: FakeClock) -> None:
    slow, other = await kv.watch("/p/"), await kv.watch("/q/")
    await fill(kv, *(f"/p/{i}" for i in range(BACKLOG + 1)), "/q/a")
    with pytest.raises(WatchOverflow):
        await anext(slow)
    assert await take(other, 1) == [("PUT", "/q/a", BACKLOG + 3)]


# -- compaction


@every_kv
async def test_compaction_keeps_what_is_needed_from_its_revision_on(kv: KV, clock: FakeClock) -> None:
    await fill(kv, "/p/a", "/p/b", "/p/c")
    await kv.update("/p/a", b"2", 2)
    await kv.delete("/p/b")
    await kv.compact(5)
    await kv.delete("/p/c")
    assert [entry.key for entry in (await kv.range("/p/", revision=5)).kvs] == ["/p/a", "/p/b", "/p/c"]
    assert [entry.key for entry in (await kv.range("/p/", revision=6)).kvs] == ["/p/a", "/p/c"]
    await kv.compact(7)
    assert [entry.key for entry in (await kv.range("/p/")).kvs] == ["/p/a"]
    assert (await kv.get("/p/a"))[0] == KeyValue("/p/a", b"2", 2, 5, 2)


@every_kv
async def test_what_is_compacted_cannot_be_read_or_watched(kv: KV, clock: FakeClock) -> None:
    await fill(kv, "/p/a", "/p/b", "/p/c")
    await kv.compact(3)
    for read in (kv.get("/p/a", 2), kv.range("/p/", revision=2), kv.watch("/p/", 2), kv.compact(3), kv.compact(2)):
        with pytest.raises(Compacted) as caught:
            await read
        assert caught.value.compacted == 3
    assert await take(await kv.watch("/p/", 4), 1) == [("PUT", "/p/c", 4)]
    with pytest.raises(FutureRevision):
        await kv.compact(99)


@every_kv
async def test_revisions_go_on_after_everything_is_deleted_and_compacted(kv: KV, clock: FakeClock) -> None:
    await fill(kv, "/p/a")
    await kv.delete("/p/a")
    await kv.compact(3)
    assert (await kv.range("")).kvs == []
    assert await kv.create("/p/a", b"x") == 4


@every_kv
async def test_compaction_again_and_again(kv: KV, clock: FakeClock) -> None:
    for i in range(10):
        revision = await kv.create("/p/a", b"%d" % i)
        await kv.create(f"/p/keep{i}", b"x")
        await kv.delete("/p/a", revision)
        await kv.compact(kv.revision - 1)
    assert (await kv.range("/p/")).count == 10
    assert (await kv.get("/p/a"))[0] is None


# -- leases


@every_kv
async def test_keys_of_a_lease_go_with_it(kv: KV, clock: FakeClock) -> None:
    lease, longer = await kv.grant(60), await kv.grant(600)
    await kv.create("/p/a", b"a", lease)
    await kv.create("/p/b", b"b", lease)
    await kv.create("/p/c", b"c", longer)
    watch = await kv.watch("/p/")
    clock.advance(59)
    assert await kv.expire() == 0
    clock.advance(2)
    assert await kv.expire() == 2
    assert await take(watch, 2) == [("DELETE", "/p/a", 5), ("DELETE", "/p/b", 6)]
    assert await kv.expire() == 0
    assert [entry.key for entry in (await kv.range("/p/")).kvs] == ["/p/c"]


@every_kv
async def test_a_write_without_the_lease_takes_the_key_out_of_it(kv: KV, clock: FakeClock) -> None:
    lease = await kv.grant(60)
    await kv.create("/p/a", b"a", lease)
    await kv.update("/p/a", b"b", 2)
    clock.advance(61)
    assert await kv.expire() == 0
    assert (await kv.get("/p/a"))[0] is not None


@every_kv
async def test_a_key_deleted_and_created_again_is_not_in_the_old_lease(kv: KV, clock: FakeClock) -> None:
    lease = await kv.grant(60)
    await kv.create("/p/a", b"a", lease)
    await kv.delete("/p/a")
    await kv.create("/p/a", b"b")
    clock.advance(61)
    assert await kv.expire() == 0


# -- the end


@every_kv
async def test_size_grows_with_what_is_stored(kv: KV, clock: FakeClock) -> None:
    before = await kv.size()
    await kv.create("/p/a", b"x" * 100_000)
    assert await kv.size() > before + 90_000


@every_kv
async def test_close_ends_watches_and_refuses_more(kv: KV, clock: FakeClock) -> None:
    watch = await kv.watch("/p/")
    await kv.close()
    await kv.close()
    with pytest.raises(StoreClosed):
        await anext(watch)
    for call in (kv.create("/a", b""), kv.get("/a"), kv.range("/a"), kv.watch("/a")):
        with pytest.raises(StoreClosed):
            await call
