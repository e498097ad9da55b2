from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from pykubectl.client.cache import CacheMutated, DeletedFinalStateUnknown, SharedInformer
from pykubectl.client.errors import ConnectionRefused
from pykubectl.machinery.errors import new_expired
from pykubectl.machinery.util.clock import FakeClock
from tests.unit.client.cache.source import Object, Source, listing, obj


class Harness:
    """An informer over a fed source, and what its handler was told."""

    def __init__(self, source: Source, **options: Any) -> None:
        self.source = source
        self.clock = FakeClock()
        self.informer: SharedInformer[Object] = SharedInformer(source, clock=self.clock, rand=lambda: 0.0, **options)
        self.told: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self.informer.add_event_handler(
            lambda new: self.told.put(("add", new)),
            lambda old, new: self.told.put(("update", new)),
            lambda old: self.told.put(("delete", old)),
        )

    def next(self) -> tuple[str, Any]:
        kind, what = self.told.get(timeout=5)
        return kind, what if isinstance(what, DeletedFinalStateUnknown) else what["metadata"]["name"]


@pytest.fixture
def harnesses() -> Iterator[list[Harness]]:
    made: list[Harness] = []
    yield made
    for harness in made:
        harness.informer.shutdown()


def start(harnesses: list[Harness], source: Source, **options: Any) -> Harness:
    harness = Harness(source, **options)
    harnesses.append(harness)
    harness.informer.start()
    assert harness.informer.wait_for_sync(5)
    return harness


def test_list_then_watch(harnesses: list[Harness]) -> None:
    harness = start(harnesses, Source(listing(10, obj("a", 5))))
    watch = harness.source.next_watch()
    assert harness.next() == ("add", "a")
    # Each is awaited: changes of different objects may overtake one another while they are queued.
    for kind, what, told in (
        ("ADDED", obj("b", 11), ("add", "b")),
        ("MODIFIED", obj("a", 12), ("update", "a")),
        ("DELETED", obj("b", 13), ("delete", "b")),
    ):
        watch.event(kind, what)
        assert harness.next() == told
    assert harness.source.list_calls[0]["resource_version"] == "0"
    assert harness.source.watch_calls[0]["resource_version"] == "10"
    assert harness.informer.indexer.list_keys() == ["ns/a"]


def test_empty_list_is_synced(harnesses: list[Harness]) -> None:
    harness = start(harnesses, Source(listing(1)))

    assert harness.informer.has_synced
    assert harness.informer.add_event_handler().remove() is None


def test_watch_goes_on_from_the_last_bookmark(harnesses: list[Harness]) -> None:
    harness = start(harnesses, Source(listing(10)))
    watch = harness.source.next_watch()
    watch.event("BOOKMARK", obj("", 42, ""))
    watch.feed.put(None)

    harness.source.next_watch()
    assert harness.source.watch_calls[1]["resource_version"] == "42"
    assert len(harness.source.list_calls) == 1


def test_too_old_lists_again_and_tells_missed_deletions(harnesses: list[Harness]) -> None:
    harness = start(harnesses, Source(listing(10, obj("a", 5), obj("b", 6)), listing(50, obj("b", 6))))
    watch = harness.source.next_watch()
    status = new_expired("too old resource version: 10 (50)").status
    watch.feed.put(b'{"type":"ERROR","object":' + json.dumps(status).encode() + b"}\n")
    advance_until_watch(harness)

    seen = [harness.next() for _ in range(4)]
    assert sorted(seen[:2]) == [("add", "a"), ("add", "b")]
    assert ("update", "b") in seen[2:]
    _, tombstone = next(item for item in seen[2:] if item[0] == "delete")
    assert (tombstone.key, tombstone.obj["metadata"]["name"]) == ("ns/a", "a")


def advance_until_watch(harness: Harness) -> None:
    for _ in range(500):
        harness.clock.advance(1)
        try:
            harness.source.watches.get(timeout=0.01)
        except queue.Empty:
            continue
        return
    raise AssertionError("no new watch")


def test_refused_watch_waits_and_does_not_list_again(harnesses: list[Harness]) -> None:
    source = Source(listing(10))
    source.watch_errors = [ConnectionRefused("h:1"), ConnectionRefused("h:1")]
    harness = start(harnesses, source)
    advance_until_watch(harness)

    assert len(source.list_calls) == 1
    assert [call["resource_version"] for call in source.watch_calls] == ["10", "10", "10"]


def test_failing_list_is_tried_again(harnesses: list[Harness]) -> None:
    harness = Harness(Source(ConnectionRefused("h:1"), listing(3, obj("a", 1))))
    harnesses.append(harness)
    harness.informer.start()
    advance_until_watch(harness)

    assert harness.next() == ("add", "a")


def test_streaming_list(harnesses: list[Harness]) -> None:
    harness = Harness(Source(listing(0)), streaming_list=True)
    harnesses.append(harness)
    harness.informer.start()
    watch = harness.source.next_watch()
    watch.event("ADDED", obj("a", 5))
    assert not harness.informer.has_synced
    end = obj("", 9, "")
    end["metadata"]["annotations"] = {"k8s.io/initial-events-end": "true"}
    watch.event("BOOKMARK", end)
    watch.event("ADDED", obj("b", 10))

    assert [harness.next(), harness.next()] == [("add", "a"), ("add", "b")]
    assert harness.source.list_calls == []
    assert harness.source.watch_calls[0]["send_initial_events"] is True


def test_late_handler_hears_of_everything_held(harnesses: list[Harness]) -> None:
    harness = start(harnesses, Source(listing(10, obj("a", 5))))
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    registration = harness.informer.add_event_handler(lambda new: heard.put(new["metadata"]["name"]))

    assert heard.get(timeout=5) == "a"
    registration.remove()
    harness.source.next_watch().event("ADDED", obj("b", 11))
    assert [harness.next(), harness.next()] == [("add", "a"), ("add", "b")]
    assert heard.empty()


def test_failing_handler_is_called_again(harnesses: list[Harness], caplog: pytest.LogCaptureFixture) -> None:
    harness = start(harnesses, Source(listing(10)))
    called: queue.SimpleQueue[str] = queue.SimpleQueue()

    def fail(new: Object) -> None:
        called.put(new["metadata"]["name"])
        raise RuntimeError("boom")

    harness.informer.add_event_handler(fail)
    watch = harness.source.next_watch()
    watch.event("ADDED", obj("a", 11))
    watch.event("ADDED", obj("b", 12))

    assert [called.get(timeout=5), called.get(timeout=5)] == ["a", "b"]


def test_run_ends_all_threads_also_out_of_a_waiting_watch() -> None:
    informer: SharedInformer[Object] = SharedInformer(Source(listing(1)))
    stop = threading.Event()
    thread = threading.Thread(target=informer.run, args=(stop,))
    thread.start()
    assert informer.wait_for_sync(5)
    stop.set()
    thread.join(5)

    assert not thread.is_alive()
    with pytest.raises(RuntimeError, match="has stopped"):
        informer.add_event_handler()


def test_mutation_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBE_CACHE_MUTATION_DETECTOR", "true")
    informer: SharedInformer[Object] = SharedInformer(Source(listing(1, obj("a", 1))), name="pods")
    informer.start()
    assert informer.wait_for_sync(5)
    informer.indexer.list()[0]["spec"] = "changed"

    with pytest.raises(CacheMutated, match="cache pods modified"):
        informer.shutdown()
