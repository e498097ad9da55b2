"""What only the watch cache does: windows, bookmarks, slow watchers, indexes, its life."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mini_server.kv.interface import StoreError
from mini_server.kv.memory import MemoryKV
from mini_server.storage.cacher.cacher import Cacher
from mini_server.storage.cacher.window import FRESH_SECONDS, MIN_EVENTS
from mini_server.storage.interface import Preconditions
from mini_server.storage.store import KVStore
from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.schema import GroupResource
from tests.contract.storage_support import (
    EMPTY_POD,
    PODS,
    create,
    key_of,
    pod,
    pod_attributes,
    selecting,
    take,
    told,
)


class Time:
    """Monotonic seconds, set by the test."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await asyncio.wait_for(test(), 30)

    asyncio.run(main())


def new_cacher(kv: MemoryKV, time: Time | None = None, **options: Any) -> Cacher:
    store = KVStore(kv, GroupResource("", "pods"), PODS, pod_attributes, EMPTY_POD)
    return Cacher(store, index_fields=("spec.nodeName",), freshness_seconds=0, monotonic=time, **options)


def test_reads_do_not_touch_the_store() -> None:
    async def test() -> None:
        kv = MemoryKV()
        cacher = new_cacher(kv)
        await create(cacher, "a", "b")

        async def no_read(*arguments: Any, **named: Any) -> Any:
            raise AssertionError("read from the store")

        kv.get = kv.range = no_read  # type: ignore[method-assign]
        assert (await cacher.get(key_of("a"))).revision == 2
        page = await cacher.list(PODS, limit=1)
        assert len((await cacher.list(PODS, limit=1, continue_token=page.continue_token)).items) == 1
        await cacher.guaranteed_update(key_of("a"), lambda item: pod("a", x=1))
        await cacher.guaranteed_update(key_of("a"), lambda item: pod("a", x=1))
        await cacher.guaranteed_update(key_of("c"), lambda item: pod("c"), ignore_not_found=True)
        await cacher.delete(key_of("b"))
        for call in (
            cacher.guaranteed_update(key_of("a"), lambda item: None, Preconditions(uid="other")),
            cacher.guaranteed_update(key_of("b"), lambda item: None),
            cacher.delete(key_of("b")),
        ):
            with pytest.raises(StatusError):
                await call

    run(test)


def test_old_revisions_are_read_from_memory_within_the_window() -> None:
    """Beside the store's own history, page by page."""

    async def test() -> None:
        kv = MemoryKV()
        cacher = new_cacher(kv)
        await create(cacher, *"acegi")
        await create(cacher, "x", namespace="other")
        await cacher.guaranteed_update(key_of("c"), lambda item: pod("c", x=1))
        await cacher.delete(key_of("a"))
        await create(cacher, "b")
        await cacher.guaranteed_update(key_of("b"), lambda item: pod("b", x=1))
        await cacher.delete(key_of("b"))
        await create(cacher, "a")
        for revision in range(1, kv.revision + 1):
            for prefix in (PODS, f"{PODS}ns/", key_of("a")):
                for limit in (0, 2):
                    options: dict[str, Any] = {
                        "resource_version": str(revision),
                        "match": "Exact",
                        "limit": limit,
                    }
                    expected = await cacher.store.list(prefix, **options)
                    found = await cacher.list(prefix, **options)
                    assert [item.raw for item in found.items] == [item.raw for item in expected.items]
                    assert found[1:] == expected[1:]

    run(test)


def test_the_item_of_a_write_is_the_one_in_the_cache() -> None:
    async def test() -> None:
        cacher = new_cacher(MemoryKV())
        item = await cacher.create(key_of("a"), pod("a"))
        assert await cacher.get(key_of("a")) is item

    run(test)


def test_objects_from_before_the_start_are_loaded_once_for_all_who_wait() -> None:
    async def test() -> None:
        kv = MemoryKV()
        await create(new_cacher(kv), "a", "b")
        cacher = new_cacher(kv)
        counts = await asyncio.gather(*(cacher.count() for _ in range(5)))
        assert counts == [2] * 5
        assert cacher.statistics() == (2, 0, 0)

    run(test)


def test_changes_by_others_are_seen() -> None:
    async def test() -> None:
        kv = MemoryKV()
        one, other = new_cacher(kv), new_cacher(kv)
        await other.start()
        await create(one, "a")
        assert (await other.get(key_of("a"))).revision == 2
        stale = one._objects.get(key_of("a"))
        await other.guaranteed_update(key_of("a"), lambda item: pod("a", x=1))
        assert stale is not None
        item = await one.store.guaranteed_update(
            key_of("a"),
            lambda item: {**item.obj, "spec": {**item.obj["spec"], "y": 2}} if item is not None else None,
            suggestion=stale,
        )
        assert item.obj["spec"] == {"x": 1, "y": 2}

    run(test)


def test_a_refusal_because_of_a_stale_suggestion_is_looked_at_again() -> None:
    async def test() -> None:
        cacher = new_cacher(MemoryKV())
        stale = await cacher.create(key_of("a"), pod("a", ready=False))
        await cacher.guaranteed_update(key_of("a"), lambda item: pod("a", ready=True))

        def only_ready(item: Any) -> Any:
            if not item.obj["spec"]["ready"]:
                raise StatusError({"message": "not ready", "code": 400})
            return pod("a", ready=True, done=True)

        item = await cacher.store.guaranteed_update(key_of("a"), only_ready, suggestion=stale)
        assert item.obj["spec"]["done"] is True
        with pytest.raises(StatusError, match="not ready"):
            await cacher.guaranteed_update(
                key_of("a"), lambda item: pod("a", ready=False)
            ) and await cacher.guaranteed_update(key_of("a"), only_ready)

    run(test)


class SharedKV(MemoryKV):
    """As if others wrote to it as well."""

    @property
    def exclusive(self) -> bool:
        return False


def test_over_a_shared_store_a_cache_doubts_itself() -> None:
    async def test() -> None:
        cacher = new_cacher(SharedKV())
        await create(cacher, "a")
        assert (await cacher.guaranteed_update(key_of("a"), lambda item: pod("a"))).revision == 2
        # What the cache does not know of may have been created by another server.
        missed = cacher._objects.remove(key_of("a"))
        assert missed is not None
        assert (await cacher.guaranteed_update(key_of("a"), lambda item: pod("a", x=1))).revision == 3
        cacher._objects.put(missed)
        assert (await cacher.delete(key_of("a"))).obj["spec"] == {"x": 1}

    run(test)


def test_a_no_op_on_a_stale_suggestion_is_written_where_it_makes_a_difference() -> None:
    async def test() -> None:
        cacher = new_cacher(MemoryKV())
        stale = await cacher.create(key_of("a"), pod("a", x=1))
        await cacher.guaranteed_update(key_of("a"), lambda item: pod("a", x=2))
        item = await cacher.store.guaranteed_update(key_of("a"), lambda item: pod("a", x=1), suggestion=stale)
        assert (item.revision, item.obj["spec"]) == (4, {"x": 1})

    run(test)


def test_the_window_keeps_recent_changes_and_a_least_number_of_old_ones() -> None:
    async def test() -> None:
        time = Time()
        cacher = new_cacher(MemoryKV(), time)
        for i in range(MIN_EVENTS + 10):
            await create(cacher, f"{i:03}")
        assert cacher.statistics().recent_changes == MIN_EVENTS + 10
        time.now = FRESH_SECONDS + 1
        await create(cacher, "new")
        assert cacher.statistics().recent_changes == MIN_EVENTS
        # 111 changes had revisions 2 to 112; those up to 12 are forgotten
        watch = await cacher.watch(PODS, resource_version="11")
        with pytest.raises(StatusError) as caught:
            await watch.batch()
        assert caught.value.message == "too old resource version: 11 (12)"
        watch = await cacher.watch(PODS, resource_version="12")
        assert told(await take(watch, 1)) == [("ADDED", "011", 13)]

    run(test)


def test_forgotten_history() -> None:
    async def test() -> None:
        cacher = new_cacher(MemoryKV())
        await create(cacher, "a", "b")
        cacher.forget_history()
        with pytest.raises(StatusError, match=r"too old resource version: 2 \(3\)"):
            await (await cacher.watch(PODS, resource_version="2")).batch()
        watch = await cacher.watch(PODS, resource_version="3")
        await create(cacher, "c")
        assert told(await take(watch, 1)) == [("ADDED", "c", 4)]

    run(test)


def test_bookmarks_go_to_those_who_asked() -> None:
    async def test() -> None:
        kv = MemoryKV()
        cacher = new_cacher(kv)
        await create(cacher, "a")
        one = await cacher.watch(PODS, resource_version="2", bookmarks=True)
        two = await cacher.watch(PODS, selecting("x=y"), "2", bookmarks=True)
        await cacher.watch(PODS, resource_version="2")
        await kv.create("/registry/nodes/n", b"{}")
        assert cacher.send_bookmarks() == 2
        events = [*await take(one, 1), *await take(two, 1)]
        assert told(events) == [("BOOKMARK", "", 3)] * 2
        assert events[0].line is events[1].line
        await cacher.close()

    run(test)


def test_bookmarks_come_by_themselves_and_before_the_end() -> None:
    async def test() -> None:
        cacher = new_cacher(MemoryKV(), bookmark_seconds=0.0)
        await create(cacher, "a")
        watch = await cacher.watch(PODS, resource_version="2", bookmarks=True)
        assert told(await take(watch, 1)) == [("BOOKMARK", "", 2)]
        await cacher.close()
        cacher = new_cacher(MemoryKV())
        watch = await cacher.watch(PODS, resource_version="1", bookmarks=True, timeout=2.001)
        assert told(await take(watch, 1)) == [("BOOKMARK", "", 1)]
        watch.cancel()

    run(test)


def test_a_watch_ends_when_its_time_is_over() -> None:
    async def test() -> None:
        cacher = new_cacher(MemoryKV())
        watch = await cacher.watch(PODS, timeout=0)
        assert await watch.batch() == []
        assert cacher.statistics().watchers == 0

    run(test)


def test_a_slow_watcher_is_ended_without_harm_to_others() -> None:
    async def test() -> None:
        cacher = new_cacher(MemoryKV(), backlog=5)
        await create(cacher, *(f"old{i}" for i in range(10)))
        slow = await cacher.watch(PODS)
        fast = await cacher.watch(PODS, resource_version="11")
        for i in range(6):
            await create(cacher, f"{i}")
            assert told(await take(fast, 1)) == [("ADDED", f"{i}", 12 + i)]
        assert await slow.batch() == []
        assert cacher.statistics().watchers == 1

    run(test)


def test_long_initial_lists_come_in_several_batches() -> None:
    async def test() -> None:
        cacher = new_cacher(MemoryKV(), backlog=5)
        await create(cacher, *(f"{i:04}" for i in range(1100)))
        watch = await cacher.watch(PODS)
        assert [len(await watch.batch()) for _ in range(3)] == [500, 500, 100]

    run(test)


def test_watchers_are_asked_only_about_what_concerns_them() -> None:
    async def test() -> None:
        cacher = new_cacher(MemoryKV())
        await cacher.start()
        watches = {
            "all": await cacher.watch(PODS),
            "namespace": await cacher.watch(f"{PODS}ns/"),
            "object": await cacher.watch(key_of("a")),
            "named": await cacher.watch(f"{PODS}ns/", selecting(field_selector="metadata.name=a")),
            "node": await cacher.watch(PODS, selecting(field_selector="spec.nodeName=n1")),
        }
        asked: list[str] = []
        for name, watch in watches.items():
            watch.change = lambda change, name=name: asked.append(name)  # type: ignore[method-assign,misc]
        await create(cacher, "b", namespace="other")
        assert asked == ["all"]
        asked.clear()
        await create(cacher, "a")
        assert asked == ["all", "namespace", "object", "named"]
        asked.clear()
        await cacher.guaranteed_update(key_of("a"), lambda item: pod("a", nodeName="n1"))
        await cacher.guaranteed_update(key_of("a"), lambda item: pod("a", nodeName="n2"))
        await cacher.guaranteed_update(key_of("a"), lambda item: pod("a", nodeName="n3"))
        assert asked.count("node") == 2
        for watch in watches.values():
            watch.cancel()
        assert cacher.statistics().watchers == 0

    run(test)


def test_a_limit_is_not_looked_at_where_any_version_will_do() -> None:
    async def test() -> None:
        cacher = new_cacher(MemoryKV())
        await create(cacher, *"abc")
        result = await cacher.list(PODS, resource_version="0", limit=1)
        assert (len(result.items), result.continue_token) == (3, "")

    run(test)


def test_a_selector_that_fails_ends_only_its_watch() -> None:
    class Faulty:
        empty = False
        fields = selecting().fields

        def matches(self, attributes: Any) -> bool:
            raise TypeError("labels are no map")

    async def test() -> None:
        cacher = new_cacher(MemoryKV())
        await cacher.start()
        faulty: Any = Faulty()
        broken, sound = await cacher.watch(PODS, faulty, "1"), await cacher.watch(PODS, resource_version="1")
        await create(cacher, "a", "b")
        with pytest.raises(StatusError, match="labels are no map"):
            await broken.batch()
        assert len(await sound.batch()) == 2

    run(test)


def test_close_ends_watches_after_what_is_queued() -> None:
    async def test() -> None:
        cacher = new_cacher(MemoryKV())
        watch = await cacher.watch(PODS)
        await create(cacher, "a")
        await cacher.close()
        assert told(await watch.batch()) == [("ADDED", "a", 2)]
        assert await watch.batch() == []

    run(test)


def test_a_store_that_cannot_be_read_fails_the_start_but_not_for_ever() -> None:
    async def test() -> None:
        kv = MemoryKV()
        cacher = new_cacher(kv)
        working = kv.range

        async def failing(*arguments: Any, **named: Any) -> Any:
            raise StoreError("no")

        kv.range = failing  # type: ignore[method-assign]
        with pytest.raises(StoreError):
            await cacher.list(PODS)
        kv.range = working  # type: ignore[method-assign]
        assert (await cacher.list(PODS)).items == []

    run(test)
