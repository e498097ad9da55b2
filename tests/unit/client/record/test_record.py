from __future__ import annotations

import json
import threading

import pytest

from pykubectl.client import DynamicClient, RESTClient, RESTConfig
from pykubectl.client.errors import ConnectionRefused
from pykubectl.client.record import EventBroadcaster
from pykubectl.client.transport.interface import Request
from pykubectl.machinery.util.clock import FakeClock
from tests.support.fake_transport import FakeResponse, FakeTransport, json_response

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "ns", "uid": "1"}}


class Server:
    """Stores events; refuses connections while ``down``."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, object]]] = []
        self.down = 0
        self.got = threading.Semaphore(0)

    def __call__(self, request: Request) -> FakeResponse:
        if self.down:
            self.down -= 1
            raise ConnectionRefused("h:1")
        body = json.loads(request.body or b"")
        self.seen.append((request.method, body))
        self.got.release()
        return json_response({"metadata": {"name": request.path.rpartition("/")[2], **body.get("metadata", {})}})

    def wait(self, count: int) -> None:
        for _ in range(count):
            assert self.got.acquire(timeout=5)


def broadcaster(server: Server, clock: FakeClock) -> EventBroadcaster:
    rest = RESTClient(RESTConfig("https://h"), FakeTransport(server))
    made = EventBroadcaster(DynamicClient(rest), clock, rand=lambda: 0.0)
    made.start()
    return made


def test_equal_events_are_counted() -> None:
    server = Server()
    events = broadcaster(server, FakeClock())
    recorder = events.recorder("scheduler")
    for _ in range(3):
        recorder.event(POD, "Normal", "Scheduled", "to n1")
    server.wait(3)
    events.shutdown()

    assert [method for method, _ in server.seen] == ["POST", "PATCH", "PATCH"]
    first = server.seen[0][1]
    assert (first["reason"], first["count"], first["source"]) == ("Scheduled", 1, {"component": "scheduler"})
    assert server.seen[2][1]["count"] == 3


def test_alike_events_are_joined_and_floods_cut() -> None:
    server = Server()
    events = broadcaster(server, FakeClock())
    recorder = events.recorder("kubelet", "n1")
    for number in range(40):
        recorder.event(POD, "Warning", "Failed", f"try {number}")
    events.shutdown()

    created = [body for method, body in server.seen if method == "POST"]
    assert len(server.seen) == 25
    assert len(created) == 10
    assert created[-1]["message"] == "(combined from similar events): try 9"
    assert events.statistics().dropped == 15


def test_unreachable_server_is_tried_again() -> None:
    server = Server()
    server.down = 1
    events = broadcaster(server, FakeClock())
    events.recorder("x").event(POD, "Normal", "R", "m")
    server.wait(1)
    events.shutdown()

    assert events.statistics().sent == 1


def test_recorder_never_blocks_and_checks_types() -> None:
    server = Server()
    rest = RESTClient(RESTConfig("https://h"), FakeTransport(server))
    events = EventBroadcaster(DynamicClient(rest), FakeClock())
    recorder = events.recorder("x")
    for _ in range(1100):
        recorder.event(POD, "Normal", "R", "m")

    assert (events.statistics().queued, events.statistics().dropped) == (1000, 100)
    with pytest.raises(ValueError, match="unsupported event type"):
        recorder.event(POD, "Odd", "R", "m")


def test_counted_event_that_was_removed_meanwhile_is_made_anew_with_its_count() -> None:
    server = Server()
    seen: list[tuple[str, int]] = []

    def answer(request: Request) -> FakeResponse:
        seen.append((request.method, json.loads(request.body or b"")["count"]))
        if request.method == "PATCH":
            return json_response({"kind": "Status", "status": "Failure", "code": 404, "reason": "NotFound"}, 404)
        return server(request)

    rest = RESTClient(RESTConfig("https://h"), FakeTransport(answer))
    events = EventBroadcaster(DynamicClient(rest), FakeClock())
    events.start()
    for _ in range(2):
        events.recorder("x").event(POD, "Normal", "R", "m")
    events.shutdown()

    assert seen == [("POST", 1), ("PATCH", 2), ("POST", 2)]


def test_event_that_cannot_be_sent_does_not_end_the_others() -> None:
    server = Server()
    events = broadcaster(server, FakeClock())
    events.recorder("x").event({**POD, "metadata": {"name": "p", "namespace": "a/b"}}, "Normal", "R", "m")
    events.recorder("x").event(POD, "Normal", "R", "m")
    events.shutdown()

    assert (events.statistics().sent, events.statistics().dropped) == (1, 1)


def test_shutdown_does_not_try_every_event_at_a_server_that_is_away() -> None:
    server = Server()
    server.down = 1000
    rest = RESTClient(RESTConfig("https://h"), FakeTransport(server))
    events = EventBroadcaster(DynamicClient(rest), FakeClock(), rand=lambda: 0.5)
    for number in range(20):
        events.recorder("x").event(POD, "Normal", "R", f"m{number}")
    events.start()
    events.shutdown()

    assert server.down >= 998
    assert events.statistics().sent == 0
    assert events.statistics().dropped >= 20
