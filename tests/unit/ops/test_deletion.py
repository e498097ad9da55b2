"""Deletions: what is asked for, and how long it is waited until something is gone."""

from __future__ import annotations

from typing import Any

import pytest

from pykubectl.cli.errors import CommandError
from pykubectl.machinery.errors import StatusError
from pykubectl.ops.deletion import Deleted, delete, wait_until_gone
from tests.support.fake_transport import json_response
from tests.unit.ops.fakes import FakeServer


@pytest.fixture
def server() -> FakeServer:
    fake = FakeServer()
    fake.put("Pod", "web")
    return fake


@pytest.mark.parametrize(
    ("grace", "policy", "options"),
    [
        (-1, "Background", {"propagationPolicy": "Background"}),
        (0, "Foreground", {"propagationPolicy": "Foreground", "gracePeriodSeconds": 0}),
        (5, "Orphan", {"propagationPolicy": "Orphan", "gracePeriodSeconds": 5}),
    ],
)
def test_grace_and_policy_are_asked_for(server: FakeServer, grace: int, policy: str, options: dict[str, Any]) -> None:
    deleted = delete(server.info("Pod", "web"), "none", grace, policy)
    assert deleted.uid == "uid-web"
    (body,) = server.bodies("DELETE")
    assert {name: body[name] for name in options} == options
    assert ("gracePeriodSeconds" in body) is (grace >= 0)


def test_dry_runs(server: FakeServer) -> None:
    assert delete(server.info("Pod", "web"), "client", -1, "Background").uid == ""
    assert server.requests == []
    delete(server.info("Pod", "web"), "server", -1, "Background")
    (body,) = server.bodies("DELETE")
    assert "All" in (body.get("dryRun") or [server.requests[-1][2].get("dryRun")])


def test_an_object_that_is_only_marked_tells_its_uid(server: FakeServer) -> None:
    marked = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web", "uid": "u2", "deletionTimestamp": "x"}}
    server.before = lambda verb, path: json_response(marked) if verb == "DELETE" else None
    assert delete(server.info("Pod", "web"), "none", -1, "Background").uid == "u2"


def test_what_is_not_there_cannot_be_deleted() -> None:
    with pytest.raises(StatusError, match='pods "web" not found'):
        delete(FakeServer().info("Pod", "web"), "none", -1, "Background")


def wait(server: FakeServer, timeout: float = 0.0, uid: str = "uid-web") -> None:
    wait_until_gone([Deleted(server.info("Pod", "web"), uid)], timeout, server.clock)


def test_what_is_gone_is_not_waited_for() -> None:
    fake = FakeServer()
    wait(fake)
    assert fake.asked() == ["GET /api/v1/namespaces/shop/pods/web"]


def test_another_object_of_the_same_name_does_not_count(server: FakeServer) -> None:
    wait(server, uid="uid-before")
    assert len(server.requests) == 1


def test_a_deletion_ends_the_wait_and_so_does_a_successor(server: FakeServer) -> None:
    pod = server.objects["/api/v1/namespaces/shop/pods/web"]
    server.watches = [[("MODIFIED", pod), ("DELETED", pod)]]
    wait(server)
    server.watches = [[("ADDED", {**pod, "metadata": {**pod["metadata"], "uid": "next"}})]]
    wait(server)
    assert server.clock.monotonic() == 0.0


@pytest.mark.parametrize(("timeout", "waited"), [(3.0, 3.0), (-1.0, 0.0)])
def test_the_time_may_be_over_before(server: FakeServer, timeout: float, waited: float) -> None:
    with pytest.raises(CommandError, match=r"^timed out waiting for the condition on pods/web$"):
        wait(server, timeout)
    assert server.clock.monotonic() == waited


def test_no_time_is_a_week(server: FakeServer) -> None:
    server.before = lambda verb, path: server.clock.advance(100 * 3600)
    with pytest.raises(CommandError):
        wait(server, 0.0)
    assert server.clock.monotonic() >= 168 * 3600


def test_the_time_is_for_all_objects_together(server: FakeServer) -> None:
    server.put("Pod", "db")
    pods = [Deleted(server.info("Pod", name), "") for name in ("web", "db")]
    server.before = lambda verb, path: server.remove("Pod", "web") if len(server.requests) == 2 else None
    with pytest.raises(CommandError, match="on pods/db"):
        wait_until_gone(pods, 4.0, server.clock)
    assert server.clock.monotonic() == 4.0


@pytest.mark.parametrize(("reason", "code"), [("Forbidden", 403), ("MethodNotAllowed", 405)])
def test_who_may_not_look_does_not_wait(server: FakeServer, reason: str, code: int) -> None:
    status = {"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": "no"}
    server.before = lambda verb, path: json_response(status, code)
    wait(server)


def test_other_refusals_are_told(server: FakeServer) -> None:
    status = {"kind": "Status", "status": "Failure", "code": 400, "reason": "BadRequest", "message": "no"}
    server.before = lambda verb, path: json_response(status, 400)
    with pytest.raises(StatusError, match="no"):
        wait(server)
