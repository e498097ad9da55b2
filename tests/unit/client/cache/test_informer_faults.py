"""What an informer does when things come together, come late, or go wrong."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from pykubectl.client.cache import SharedInformer
from pykubectl.client.cache.reflector import Backoff
from pykubectl.client.errors import ConnectionRefused
from pykubectl.machinery.errors import new_expired
from pykubectl.machinery.util.clock import FakeClock
from tests.support.fake_transport import FakeResponse
from tests.unit.client.cache.source import Object, Source, listing, obj


class Made:
    """Informers that are shut down at the end, all on one clock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.informers: list[SharedInformer[Object]] = []

    def __call__(self, source: Source, **options: Any) -> SharedInformer[Object]:
        informer: SharedInformer[Object] = SharedInformer(source, clock=self.clock, rand=lambda: 0.0, **options)
        self.informers.append(informer)
        return informer


@pytest.fixture
def make() -> Iterator[Made]:
    made = Made()
    yield made
    for informer in made.informers:
        informer.shutdown()


def line(kind: str, what: Object) -> bytes:
    return json.dumps({"type": kind, "object": what}).encode() + b"\n"


def test_events_read_together_with_the_end_of_the_initial_ones_are_kept(make: Made) -> None:
    source = Source(listing(0))
    informer = make(source, streaming_list=True)
    seen: queue.SimpleQueue[str] = queue.SimpleQueue()
    informer.add_event_handler(lambda new: seen.put(new["metadata"]["name"]))
    informer.start()
    end = obj("", 9, "")
    end["metadata"]["annotations"] = {"k8s.io/initial-events-end": "true"}

    # One piece of the answer, as it comes from a socket.
    source.next_watch().feed.put(line("ADDED", obj("a", 5)) + line("BOOKMARK", end) + line("ADDED", obj("b", 10)))

    assert [seen.get(timeout=5), seen.get(timeout=5)] == ["a", "b"]


def test_list_after_an_expired_watch_is_no_older_than_what_was_seen(make: Made) -> None:
    source = Source(listing(10))
    informer = make(source)
    informer.start()
    watch = source.next_watch()
    watch.event("ADDED", obj("a", 40))
    watch.feed.put(line("ERROR", new_expired("too old resource version: 40 (50)").status))
    for _ in range(500):
        make.clock.advance(1)
        try:
            source.watches.get(timeout=0.01)
        except queue.Empty:
            continue
        break

    assert [call["resource_version"] for call in source.list_calls] == ["0", "40"]


def test_removed_handler_is_not_called_for_what_was_waiting(make: Made) -> None:
    source = Source(listing(1, *(obj(f"o{number}", number) for number in range(20))))
    informer = make(source)
    called: list[str] = []
    running, go_on = threading.Event(), threading.Event()

    def slow(new: Object) -> None:
        called.append(new["metadata"]["name"])
        running.set()
        assert go_on.wait(5)

    registration = informer.add_event_handler(slow)
    informer.start()
    assert informer.wait_for_sync(5)
    assert running.wait(5)
    remover = threading.Thread(target=registration.remove)
    remover.start()
    while informer.statistics().handlers:
        remover.join(0.001)
    go_on.set()
    remover.join(5)

    assert called == ["o0"]


def test_object_that_cannot_be_indexed_does_not_end_the_informer(make: Made, caplog: pytest.LogCaptureFixture) -> None:
    source = Source(listing(1, obj("bad", 1), obj("good", 1, node="n1")))
    informer = make(source, indexers={"node": lambda each: [each["node"]]})
    informer.start()

    assert informer.wait_for_sync(5)
    source.next_watch().event("ADDED", obj("next", 2, node="n2"))
    seen: queue.SimpleQueue[str] = queue.SimpleQueue()
    informer.add_event_handler(lambda new: seen.put(new["metadata"]["name"]))
    while seen.get(timeout=5) != "next":
        pass
    assert informer.indexer.index_keys("node", "n1") == ["ns/good"]
    assert "a change could not be stored" in caplog.text


def test_deleted_objects_are_transformed_too(make: Made) -> None:
    def strip(each: Object) -> Object:
        return {"metadata": each["metadata"]}

    source = Source(listing(1, obj("a", 1, data="long")))
    informer = make(source, transform=strip)
    gone: queue.SimpleQueue[Any] = queue.SimpleQueue()
    informer.add_event_handler(on_delete=gone.put)
    informer.start()
    assert informer.wait_for_sync(5)
    source.next_watch().event("DELETED", obj("a", 2, data="long"))

    assert gone.get(timeout=5) == obj("a", 2)


def test_delays_start_anew_once_events_come() -> None:
    backoff = Backoff(FakeClock(), rand=lambda: 0.0)
    delays = [backoff.next() for _ in range(3)]
    backoff.reset()

    assert [*delays, backoff.next()] == [0.8, 1.6, 3.2, 0.8]


def test_watch_that_brings_events_is_soon_resumed_after_a_breakdown(make: Made) -> None:
    source = Source(listing(10))
    source.watch_errors = [ConnectionRefused("h:1") for _ in range(5)]
    informer = make(source)
    seen: queue.SimpleQueue[str] = queue.SimpleQueue()
    informer.add_event_handler(lambda new: seen.put(new["metadata"]["name"]))
    informer.start()
    watch = advance_until_watch(source, make.clock, 1.0)
    watch.event("ADDED", obj("a", 40))
    assert seen.get(timeout=5) == "a"
    source.watch_errors = [ConnectionRefused("h:1")]
    watch.feed.put(None)
    advance_until_watch(source, make.clock, 0.8, tries=1)

    assert source.watch_calls[-1]["resource_version"] == "40"


def advance_until_watch(source: Source, clock: FakeClock, seconds: float, tries: int = 500) -> FakeResponse:
    for _ in range(tries):
        while source.watch_errors and tries == 1:
            threading.Event().wait(0.001)
        clock.advance(seconds)
        try:
            return source.watches.get(timeout=5 if tries == 1 else 0.01)
        except queue.Empty:
            continue
    raise AssertionError("no new watch")
