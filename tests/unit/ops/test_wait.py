"""Waiting: what can be waited for, and when it is over."""

from __future__ import annotations

from typing import Any

import pytest

from pykubectl.cli.errors import CommandError
from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.unstructured import AccessorError
from pykubectl.ops.changes import Deadline
from pykubectl.ops.wait import parse_condition, wait_for
from tests.support.fake_transport import json_response
from tests.unit.ops.fakes import FakeServer

POD: dict[str, Any] = {
    "metadata": {"name": "web", "generation": 2},
    "spec": {"replicas": 3, "half": 1.5, "paused": True, "name": "  web "},
    "status": {
        "observedGeneration": 2,
        "conditions": [
            {"type": "Ready", "status": "True"},
            {"type": "Old", "status": "True", "observedGeneration": 1},
            {"type": "New", "status": "False", "observedGeneration": 3},
            "not a condition",
            {"type": "NoStatus"},
        ],
    },
    "list": [{"n": 1}, {"n": 2}],
}


def met(text: str, obj: dict[str, Any] = POD) -> bool:
    return parse_condition(text).met(obj)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("condition=Ready", True),
        ("condition=ready", True),
        ("condition=Ready=true", True),
        ("condition=Ready=TRUE", True),
        ("condition=Ready=False", False),
        ("condition=Ready=", False),
        ("condition=Missing", False),
        ("condition=NoStatus", False),
        ("condition=Old", False),
        ("condition=New=false", True),
    ],
)
def test_conditions(text: str, expected: bool) -> None:
    assert met(text) is expected


def test_what_was_observed_of_an_older_generation_does_not_count() -> None:
    newer = {**POD, "metadata": {"generation": 3}}
    assert met("condition=Ready") and not met("condition=Ready", newer)
    assert met("condition=Ready", {**POD, "metadata": {}})


def test_objects_without_conditions_meet_none() -> None:
    assert not met("condition=Ready", {"metadata": {}})
    with pytest.raises(AccessorError, match=r"\.status\.conditions accessor error: x is of the type string"):
        met("condition=Ready", {"metadata": {}, "status": {"conditions": "x"}})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jsonpath={.spec.replicas}=3", True),
        ("jsonpath={.spec.replicas}=4", False),
        ("jsonpath=.spec.replicas=3", True),
        ("jsonpath=spec.replicas=3", True),
        ("jsonpath={.spec.replicas}='3'", True),
        ('jsonpath={.spec.replicas}="3"', True),
        ("jsonpath={.spec.half}=1.5", True),
        ("jsonpath={.spec.paused}=true", True),
        ("jsonpath={.spec.name}=web", True),
        ("jsonpath={.spec.name}= web  ", True),
        ("jsonpath={.spec.replicas}", True),
        ("jsonpath={.list}", True),
        ("jsonpath={.spec.missing}", False),
        ("jsonpath={.spec.missing}=x", False),
        ('jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', False),
    ],
)
def test_paths(text: str, expected: bool) -> None:
    obj = {**POD, "status": {"conditions": []}}
    assert met(text, obj) is expected


def test_a_path_may_hold_two_equal_signs() -> None:
    obj = {"list": [{"n": 1, "v": "a"}, {"n": 2, "v": "b"}]}
    assert met("jsonpath={.list[?(@.n==2)].v}=b", obj)
    assert not met("jsonpath={.list[?(@.n==2)].v}=a", obj)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("jsonpath={.list}=x", "jsonpath leads to a nested object or list which is not supported"),
        ("jsonpath={.spec}=x", "jsonpath leads to a nested object or list which is not supported"),
        ("jsonpath={.list[*].n}", "given jsonpath expression matches more than one value"),
        ("jsonpath={.spec.name[0]}", "string is not array or slice"),
    ],
)
def test_paths_that_lead_to_what_cannot_be_compared(text: str, complaint: str) -> None:
    with pytest.raises(CommandError) as caught:
        met(text)
    assert str(caught.value) == complaint


EXAMPLE = "--for=jsonpath='{.status.readyReplicas}'"
FORM = f"jsonpath wait format must be {EXAMPLE}=3 or {EXAMPLE}"
VALUE = f"jsonpath wait has to have a value after equal sign, like {EXAMPLE}=3"
PATH = "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", 'unrecognized condition: ""'),
        ("ready", 'unrecognized condition: "ready"'),
        ("condition", 'unrecognized condition: "condition"'),
        ("Condition=Ready", 'unrecognized condition: "Condition=Ready"'),
        ('a"b', 'unrecognized condition: "a\\"b"'),
        ("jsonpath=", "jsonpath expression cannot be empty"),
        ("jsonpath={.a}=", VALUE),
        ("jsonpath={.a}=''", VALUE),
        ("jsonpath={.a}=b=c", FORM),
        ("jsonpath={.a}x", PATH),
        ("jsonpath={.a", PATH),
        ("jsonpath={.a[}", "unterminated array"),
    ],
)
def test_conditions_that_cannot_be_read(text: str, complaint: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_condition(text)
    assert str(caught.value) == complaint


@pytest.mark.parametrize("text", ["create", "CREATE", "delete", "Delete"])
def test_creation_and_deletion_in_any_case(text: str) -> None:
    assert parse_condition(text).kind == text.lower()


def wait(server: FakeServer, condition: str, timeout: float = 30, name: str = "web") -> Any:
    return wait_for(server.info("Pod", name), parse_condition(condition), Deadline(timeout, server.clock))


def ready(status: str) -> dict[str, Any]:
    return {"conditions": [{"type": "Ready", "status": status}]}


def test_what_is_so_already_needs_one_request() -> None:
    server = FakeServer()
    pod = server.put("Pod", "web", status=ready("True"))
    assert wait(server, "condition=Ready") == pod
    assert server.asked() == ["GET /api/v1/namespaces/shop/pods/web"]


def test_a_change_ends_the_wait() -> None:
    server = FakeServer()
    pod = server.put("Pod", "web", status=ready("False"))
    changed = {**pod, "status": ready("True")}
    bookmark = {"kind": "Pod", "apiVersion": "v1", "metadata": {"resourceVersion": "50"}}
    server.watches = [[("BOOKMARK", bookmark), ("MODIFIED", {**pod, "x": 1}), ("MODIFIED", changed), ("MODIFIED", pod)]]
    assert wait(server, "condition=Ready") == changed
    _, path, query, _ = server.requests[-1]
    assert path == "/api/v1/namespaces/shop/pods"
    assert query == {
        "watch": "true",
        "fieldSelector": "metadata.name=web",
        "resourceVersion": pod["metadata"]["resourceVersion"],
        "timeoutSeconds": "30",
    }


def test_a_watch_that_ends_is_begun_anew_after_another_look() -> None:
    server = FakeServer()
    pod = server.put("Pod", "web", status=ready("False"))
    gone = {"kind": "Status", "apiVersion": "v1", "code": 410, "reason": "Expired", "message": "too old"}
    server.watches = [[], [("ERROR", gone)], [("MODIFIED", {**pod, "status": ready("True")})]]
    assert wait(server, "condition=Ready")["status"] == ready("True")
    assert server.asked() == ["GET /api/v1/namespaces/shop/pods/web", *["GET /api/v1/namespaces/shop/pods"] * 6]
    assert server.clock.monotonic() == 2.0


def test_the_time_may_be_over_before_the_condition_is_met() -> None:
    server = FakeServer()
    server.put("Pod", "web", status=ready("False"))
    with pytest.raises(CommandError, match=r"^timed out waiting for the condition on pods/web$"):
        wait(server, "condition=Ready", 5)
    assert server.clock.monotonic() == 5.0


def test_the_time_is_for_several_objects_together() -> None:
    server = FakeServer()
    server.put("Pod", "web", status=ready("False"))
    deadline = Deadline(5, server.clock)
    for _ in range(2):
        with pytest.raises(CommandError, match="timed out waiting for the condition on pods/web"):
            wait_for(server.info("Pod", "web"), parse_condition("condition=Ready"), deadline)
    assert server.clock.monotonic() == 5.0


def test_a_negative_time_is_a_week() -> None:
    server = FakeServer()
    server.put("Pod", "web", status=ready("False"))
    server.before = lambda verb, path: server.clock.advance(100 * 3600)
    with pytest.raises(CommandError, match="timed out"):
        wait(server, "condition=Ready", -1)
    assert server.clock.monotonic() >= 168 * 3600


def test_without_time_it_is_looked_at_once() -> None:
    server = FakeServer()
    server.put("Pod", "web", status=ready("False"))
    for condition in ("condition=Ready", "jsonpath={.spec.x}", "delete"):
        with pytest.raises(CommandError, match=r"^condition not met for pods/web$"):
            wait(server, condition, 0)
    assert len(server.requests) == 3


def test_an_object_that_is_not_there_meets_no_condition() -> None:
    with pytest.raises(StatusError) as caught:
        wait(FakeServer(), "condition=Ready")
    assert caught.value.message == 'pods "web" not found'


def test_an_object_that_goes_away_may_come_back() -> None:
    server = FakeServer()
    pod = server.put("Pod", "web", status=ready("False"))
    server.watches = [[("DELETED", pod), ("ADDED", {**pod, "status": ready("True")})]]
    assert wait(server, "condition=Ready")["status"] == ready("True")


def test_a_condition_that_cannot_be_told_ends_the_wait() -> None:
    server = FakeServer()
    pod = server.put("Pod", "web")
    server.watches = [[("MODIFIED", {**pod, "spec": {"x": {"y": 1}}})]]
    with pytest.raises(CommandError, match="nested object"):
        wait(server, "jsonpath={.spec.x}=1")


def test_creation_is_looked_for_twice_a_second() -> None:
    server = FakeServer()

    def create_before_the_fourth(verb: str, path: str) -> None:
        if len(server.requests) == 4:
            server.put("Pod", "web")

    server.before = create_before_the_fourth
    assert wait(server, "create")["metadata"]["name"] == "web"
    assert len(server.requests) == 4
    assert server.clock.monotonic() == 1.5


def test_what_is_not_created_in_time() -> None:
    server = FakeServer()
    with pytest.raises(CommandError, match=r"^timed out waiting for the condition$"):
        wait(server, "create", 2)
    assert server.clock.monotonic() == 2.0


def test_what_is_not_there_is_deleted_already() -> None:
    assert wait(FakeServer(), "delete") is None
    assert wait(FakeServer(), "delete", 0) is None


def test_a_deletion_ends_the_wait_with_the_object_as_it_was() -> None:
    server = FakeServer()
    pod = server.put("Pod", "web")
    server.watches = [[("MODIFIED", {**pod, "x": 1}), ("DELETED", pod)]]
    assert wait(server, "delete") == {**pod, "x": 1}


def test_a_deletion_between_two_looks_is_seen() -> None:
    server = FakeServer()
    server.put("Pod", "web")

    def delete_before_the_list(verb: str, path: str) -> None:
        if path.endswith("/pods"):
            server.remove("Pod", "web")

    server.before = delete_before_the_list
    assert wait(server, "delete")["metadata"]["name"] == "web"


def test_other_refusals_are_told() -> None:
    server = FakeServer()
    status = {"kind": "Status", "status": "Failure", "code": 403, "reason": "Forbidden", "message": "no"}
    server.before = lambda verb, path: json_response(status, 403)
    for condition in ("condition=Ready", "delete", "create"):
        with pytest.raises(StatusError, match="no"):
            wait(server, condition)
