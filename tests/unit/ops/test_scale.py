"""Scaling: what is written, under which conditions, and how long it is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from pykubectl.cli.errors import CommandError
from pykubectl.machinery.errors import StatusError, new_conflict
from pykubectl.machinery.schema import GroupResource
from pykubectl.ops.scale import scale
from tests.support.fake_transport import FakeResponse, json_response
from tests.unit.ops.fakes import FakeServer

PATH = "/apis/apps/v1/namespaces/shop/deployments/web/scale"


def served(replicas: int = 2, there: int = 2) -> FakeServer:
    server = FakeServer()
    server.put("Deployment", "web", spec={"replicas": replicas})
    set_scale(server, replicas, there)
    return server


def set_scale(server: FakeServer, replicas: int, there: int) -> None:
    meta = {"name": "web", "resourceVersion": "7"}
    server.objects[PATH] = {
        "kind": "Scale",
        "metadata": meta,
        "spec": {"replicas": replicas},
        "status": {"replicas": there},
    }


def run(server: FakeServer, replicas: int, **conditions: Any) -> None:
    scale(server.info("Deployment", "web"), replicas, clock=server.clock, **conditions)


def test_without_conditions_the_number_is_patched() -> None:
    server = served()
    run(server, 3)
    ((verb, path, query, body),) = server.requests
    assert (verb, path, query, body) == ("PATCH", PATH, {}, {"spec": {"replicas": 3}})


@pytest.mark.parametrize("conditions", [{"current": 2}, {"version": "7"}, {"current": 2, "version": "7"}])
def test_with_conditions_what_was_read_is_replaced(conditions: dict[str, Any]) -> None:
    server = served()
    run(server, 3, **conditions)
    assert server.asked() == [f"GET {PATH}", f"PUT {PATH}"]
    (written,) = server.bodies("PUT")
    assert written["spec"] == {"replicas": 3} and written["metadata"]["resourceVersion"] == "7"


@pytest.mark.parametrize(
    ("conditions", "text"),
    [
        ({"current": 1}, "Expected replicas to be 1, was 2"),
        ({"current": 0}, "Expected replicas to be 0, was 2"),
        ({"version": "8"}, "Expected resource version to be 8, was 7"),
    ],
)
def test_conditions_that_are_not_met(conditions: dict[str, Any], text: str) -> None:
    server = served()
    with pytest.raises(CommandError) as caught:
        run(server, 3, **conditions)
    assert str(caught.value) == text
    assert server.asked("PUT") == []


@pytest.mark.parametrize("conditions", [{}, {"current": 2}])
def test_a_dry_run_of_the_server_is_one_in_both_ways(conditions: dict[str, Any]) -> None:
    server = served()
    run(server, 3, dry_run=True, timeout=5.0, **conditions)
    verb, _, query, _ = server.requests[-1]
    assert verb in ("PATCH", "PUT")
    assert query == {"dryRun": "All"}


def conflicts(server: FakeServer, count: int) -> None:
    error = new_conflict(GroupResource("apps", "deployments"), "web", "the object has been modified")
    left = [error] * count

    def answer(verb: str, path: str) -> FakeResponse | None:
        return json_response(left.pop().status, 409) if verb == "PUT" and left else None

    server.before = answer


def test_conflicts_are_tried_again_each_second() -> None:
    server = served()
    conflicts(server, 3)
    run(server, 3, current=2)
    assert len(server.asked("PUT")) == 4
    assert server.clock.monotonic() == 3.0


def test_conflicts_are_not_tried_for_ever() -> None:
    server = served()
    conflicts(server, 1000)
    with pytest.raises(CommandError, match="context deadline exceeded"):
        run(server, 3, current=2)
    assert server.clock.monotonic() == 300.0


def test_other_errors_are_told_at_once() -> None:
    server = FakeServer()
    with pytest.raises(StatusError):
        run(server, 3)
    assert len(server.requests) == 1


def test_it_can_be_waited_until_there_are_so_many() -> None:
    server = served(3, 1)

    def grow(verb: str, path: str) -> None:
        if verb == "GET":
            set_scale(server, 3, len(server.asked("GET")))

    server.before = grow
    run(server, 3, timeout=10.0)
    assert server.clock.monotonic() == 2.0


def test_it_is_not_waited_for_what_somebody_else_has_changed() -> None:
    server = served(5, 1)
    run(server, 3, timeout=10.0)
    assert server.clock.monotonic() == 0.0


def test_waiting_ends_with_the_time() -> None:
    with pytest.raises(CommandError, match=r'^timed out waiting for "web" to be synced$'):
        run(served(3, 1), 3, timeout=4.0)
