"""What every store of API objects promises of watches."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from mini_server.kv.interface import KV
from mini_server.storage.cacher.cacher import Cacher
from mini_server.storage.interface import Object, Store
from mini_server.storage.item import Item
from pykubectl.machinery.errors import StatusError
from tests.contract.storage_support import (
    PODS,
    create,
    every_store,
    forget_history,
    key_of,
    labelled,
    pod,
    selecting,
    take,
    told,
)


def changing(**metadata: Any) -> Any:
    def update(item: Item | None) -> Object:
        assert item is not None
        return {**item.obj, "metadata": {**item.obj["metadata"], **metadata}}

    return update


@every_store
async def test_a_watch_without_a_resource_version_tells_first_what_there_is(store: Store, kv: KV) -> None:
    await create(store, "b", "a")
    for version in ("", "0"):
        watch = await store.watch(PODS, resource_version=version)
        assert told(await take(watch, 2)) == [("ADDED", "a", 3), ("ADDED", "b", 2)]
        watch.cancel()


@every_store
async def test_changes_as_they_happen(store: Store, kv: KV) -> None:
    await create(store, "old")
    watch = await store.watch(PODS, resource_version="2")
    await create(store, "a")
    await store.guaranteed_update(key_of("a"), changing(labels={"x": "y"}))
    await store.delete(key_of("a"))
    assert told(await take(watch, 3)) == [("ADDED", "a", 3), ("MODIFIED", "a", 4), ("DELETED", "a", 5)]


@every_store
async def test_a_watch_starts_after_its_resource_version(store: Store, kv: KV) -> None:
    await store.list(PODS)
    await create(store, *"abc")
    watch = await store.watch(PODS, resource_version="2")
    assert told(await take(watch, 2)) == [("ADDED", "b", 3), ("ADDED", "c", 4)]


@every_store
async def test_the_line_of_an_event_is_the_event_as_json(store: Store, kv: KV) -> None:
    watch = await store.watch(PODS)
    item = await store.create(key_of("a"), pod("a"))
    event = (await take(watch, 1))[0]
    assert event.line == b'{"type":"ADDED","object":' + item.raw + b"}\n"
    assert event.line is event.line
    assert event.encoded("table", lambda event: b"row") == b"row"
    assert event.encoded("table", lambda event: b"another") == b"row"


@every_store
async def test_the_last_state_of_a_deleted_object_has_the_revision_of_its_end(store: Store, kv: KV) -> None:
    await store.create(key_of("a"), pod("a", x=1))
    watch = await store.watch(PODS, resource_version="2")
    deleted = await store.delete(key_of("a"))
    event = (await take(watch, 1))[0]
    assert event.item.raw == deleted.raw
    assert json.loads(event.line)["object"]["metadata"]["resourceVersion"] == "3"


@every_store
async def test_a_namespace_and_a_single_object(store: Store, kv: KV) -> None:
    await store.list(PODS)
    namespace = await store.watch(f"{PODS}ns/")
    single = await store.watch(key_of("a"))
    await create(store, "a", namespace="other")
    await create(store, "ab", "a")
    assert told(await take(namespace, 2)) == [("ADDED", "ab", 3), ("ADDED", "a", 4)]
    assert told(await take(single, 1)) == [("ADDED", "a", 4)]


@every_store
async def test_objects_that_move_in_and_out_of_a_selection(store: Store, kv: KV) -> None:
    await store.create(key_of("a"), labelled("a", app="web"))
    await store.create(key_of("b"), labelled("b", app="db"))
    watch = await store.watch(PODS, selecting("app=web"), "1" if kv.revision < 2 else str(kv.revision))
    await store.guaranteed_update(key_of("b"), changing(labels={"app": "web"}))
    await store.guaranteed_update(key_of("a"), changing(labels={"app": "web", "more": "1"}))
    await store.guaranteed_update(key_of("a"), changing(labels={"app": "db"}))
    await store.guaranteed_update(key_of("a"), changing(labels={"app": "db", "more": "1"}))
    await store.delete(key_of("a"))
    await store.delete(key_of("b"))
    events = await take(watch, 4)
    assert told(events) == [("ADDED", "b", 4), ("MODIFIED", "a", 5), ("DELETED", "a", 6), ("DELETED", "b", 9)]
    # what leaves a selection is told as it was in it
    assert events[2].item.obj["metadata"]["labels"] == {"app": "web", "more": "1"}


@every_store
async def test_a_watch_of_one_nodes_pods(store: Store, kv: KV) -> None:
    await store.list(PODS)
    watch = await store.watch(PODS, selecting(field_selector="spec.nodeName=n1"), "1")

    def bind(node: str) -> Any:
        return lambda item: {**item.obj, "spec": {"nodeName": node}}

    await create(store, "a", "b")
    await store.guaranteed_update(key_of("b"), bind("n2"))
    await store.guaranteed_update(key_of("a"), bind("n1"))
    await store.guaranteed_update(key_of("a"), changing(labels={"x": "y"}))
    await store.delete(key_of("b"))
    await store.delete(key_of("a"))
    assert told(await take(watch, 3)) == [("ADDED", "a", 5), ("MODIFIED", "a", 6), ("DELETED", "a", 8)]


@every_store
async def test_initial_events_end_with_a_bookmark(store: Store, kv: KV) -> None:
    await create(store, "a")
    await store.create(key_of("b"), labelled("b", app="web"))
    watch = await store.watch(PODS, selecting("app=web"), "1", send_initial_events=True, bookmarks=True)
    await store.create(key_of("c"), labelled("c", app="web"))
    events = await take(watch, 3)
    assert told(events) == [("ADDED", "b", 3), ("BOOKMARK", "", 3), ("ADDED", "c", 4)]
    assert events[1].item.obj == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"resourceVersion": "3", "annotations": {"k8s.io/initial-events-end": "true"}},
    }


@every_store
async def test_without_initial_events_a_watch_starts_now(store: Store, kv: KV) -> None:
    await create(store, "a")
    watch = await store.watch(PODS, send_initial_events=False)
    await create(store, "b")
    assert told(await take(watch, 1)) == [("ADDED", "b", 3)]


@every_store
async def test_a_resource_version_that_is_gone_ends_the_watch_with_an_error(store: Store, kv: KV) -> None:
    await create(store, *"abc")
    await forget_history(store, kv)
    watch = await store.watch(PODS, resource_version="2")
    with pytest.raises(StatusError) as caught:
        await watch.batch()
    text = "The resourceVersion for the provided watch is too old."
    if isinstance(store, Cacher):
        text = "too old resource version: 2 (4)"
    assert (caught.value.code, caught.value.reason, caught.value.message) == (410, "Expired", text)
    assert await watch.batch() == []


@every_store
async def test_a_watch_from_a_future_resource_version_waits_for_it(store: Store, kv: KV) -> None:
    watch = await store.watch(PODS, resource_version="3")
    await create(store, *"abc")
    assert told(await take(watch, 1)) == [("ADDED", "c", 4)]
    with pytest.raises(StatusError) as caught:
        await store.watch(PODS, resource_version="99", send_initial_events=True)
    assert caught.value.message == "Timeout: Too large resource version: 99, current: 4"


@every_store
async def test_cancel_ends_a_watch(store: Store, kv: KV) -> None:
    watch = await store.watch(PODS)
    reader = asyncio.ensure_future(watch.batch())
    await asyncio.sleep(0)
    watch.cancel()
    watch.cancel()
    assert await reader == []
    assert [event async for event in watch] == []


@every_store
async def test_a_writer_finds_its_write_with_every_watcher(store: Store, kv: KV) -> None:
    watches = [await store.watch(PODS) for _ in range(3)]
    await asyncio.gather(*(create(store, f"{i:02}") for i in range(20)))
    seen = [told(await take(watch, 20)) for watch in watches]
    assert seen[0] == seen[1] == seen[2]
    assert [revision for _, _, revision in seen[0]] == list(range(2, 22))
