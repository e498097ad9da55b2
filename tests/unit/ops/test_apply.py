"""Client-side apply: what is created and patched, and the annotation it leaves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pykubectl.machinery.errors import StatusError, new_conflict
from pykubectl.machinery.schema import GroupResource
from pykubectl.ops.apply import LAST_APPLIED, apply, with_context, with_last_applied
from tests.support.fake_transport import FakeResponse, json_response
from tests.unit.ops.fakes import FakeServer

PATH = "/apis/apps/v1/namespaces/shop/deployments/web"


def manifest(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": 2, **spec},
    }


def run(
    server: FakeServer, obj: dict[str, Any], mode: str = "none", *, kind: str = "Deployment"
) -> tuple[str, list[str]]:
    warnings: list[str] = []
    info = server.info(kind, "web", obj)
    done = apply(info, mode, "Strict", "kubectl-client-side-apply", True, warnings.append)
    return done, warnings


def applied(server: FakeServer, **spec: Any) -> None:
    """An object that apply has made."""
    obj = with_last_applied(manifest(**spec))
    server.put("Deployment", "web", metadata=obj["metadata"], spec={**obj["spec"], "set-by-others": True})


def test_what_is_not_there_is_created_with_what_was_applied() -> None:
    server = FakeServer()
    assert run(server, manifest()) == ("created", [])
    (body,) = server.bodies("POST")
    assert json.loads(body["metadata"]["annotations"][LAST_APPLIED])["spec"] == {"replicas": 2}
    query = server.requests[-1][2]
    assert query == {"fieldManager": "kubectl-client-side-apply", "fieldValidation": "Strict"}


def test_the_same_again_changes_nothing_and_asks_once() -> None:
    server = FakeServer()
    applied(server)
    assert run(server, manifest()) == ("unchanged", [])
    assert server.asked() == [f"GET {PATH}"]


def test_the_patch_is_what_is_new_and_what_is_no_longer_wanted() -> None:
    server = FakeServer()
    applied(server, paused=True)
    assert run(server, manifest(replicas=3)) == ("configured", [])
    (patch,) = server.bodies("PATCH")
    assert patch["spec"] == {"paused": None, "replicas": 3}
    assert json.loads(patch["metadata"]["annotations"][LAST_APPLIED])["spec"] == {"replicas": 3}


def test_what_others_have_changed_is_put_back() -> None:
    server = FakeServer()
    applied(server)
    server.objects[PATH]["spec"]["replicas"] = 9
    assert run(server, manifest())[0] == "configured"
    assert server.bodies("PATCH") == [{"spec": {"replicas": 2}}]


def test_an_object_that_was_made_otherwise_is_warned_of() -> None:
    server = FakeServer()
    server.put("Deployment", "web", spec={"replicas": 2})
    done, warnings = run(server, manifest())
    assert done == "configured"
    assert [text.startswith("Warning: resource deployments/web is missing the") for text in warnings] == [True]


def test_an_object_that_is_going_away_is_warned_of() -> None:
    server = FakeServer()
    applied(server)
    server.objects[PATH]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    _, warnings = run(server, manifest(replicas=3))
    assert warnings == ["Warning: Detected changes to resource web which is currently being deleted."]


def conflict(server: FakeServer, count: int) -> None:
    error = new_conflict(GroupResource("apps", "deployments"), "web", "the object has been modified")
    left = [error] * count

    def answer(verb: str, path: str) -> FakeResponse | None:
        return json_response(left.pop().status, 409) if verb == "PATCH" and left else None

    server.before = answer


def test_a_conflict_is_tried_again_with_what_is_there_then() -> None:
    server = FakeServer()
    applied(server)
    conflict(server, 2)
    assert run(server, manifest(replicas=3))[0] == "configured"
    assert len(server.asked("GET")) == len(server.asked("PATCH")) == 3


def test_conflicts_are_not_tried_for_ever() -> None:
    server = FakeServer()
    applied(server)
    conflict(server, 100)
    with pytest.raises(StatusError, match="the object has been modified"):
        run(server, manifest(replicas=3))
    assert len(server.asked("PATCH")) == 5


def test_dry_runs() -> None:
    server = FakeServer()
    assert run(server, manifest(), "client")[0] == "created"
    assert server.asked("POST", "PATCH") == []
    run(server, manifest(), "server")
    assert server.requests[-1][2]["dryRun"] == "All"
    applied(server)
    assert run(server, manifest(replicas=3), "client")[0] == "configured"
    assert run(server, manifest(), "client")[0] == "unchanged"
    assert server.asked("PATCH") == []
    run(server, manifest(replicas=3), "server")
    assert server.requests[-1][2]["dryRun"] == "All"


def test_kinds_that_are_not_built_in_are_patched_plainly() -> None:
    server = FakeServer()
    obj: dict[str, Any] = {
        "apiVersion": "x.y/v1",
        "kind": "Widget",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"list": [1, 2]},
    }
    made = with_last_applied(obj)
    server.put("Widget", "web", metadata=made["metadata"], spec={"list": [1, 2], "other": 1})
    assert run(server, {**obj, "spec": {"list": [3]}}, kind="Widget")[0] == "configured"
    assert server.bodies("PATCH")[0]["spec"] == {"list": [3]}


def test_refusals_of_reading_are_told() -> None:
    server = FakeServer()
    status = {"kind": "Status", "status": "Failure", "code": 403, "reason": "Forbidden", "message": "no"}
    server.before = lambda verb, path: json_response(status, 403)
    with pytest.raises(StatusError, match="no"):
        run(server, manifest())


def test_the_annotation_holds_the_object_without_itself_in_gos_json() -> None:
    obj = manifest(text="<&>", big=1e6)
    once = with_last_applied(obj)
    assert once["metadata"]["annotations"][LAST_APPLIED] == (
        '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"annotations":{},"name":"web","namespace":"shop"},'
        '"spec":{"big":1000000,"replicas":2,"text":"\\u003c\\u0026\\u003e"}}\n'
    )
    assert with_last_applied(once) == once
    assert "annotations" not in obj["metadata"]


@pytest.mark.parametrize(
    ("reason", "source", "expected"),
    [
        ("Forbidden", "f.yaml", 'error when creating "f.yaml": no'),
        ("Forbidden", "", "no"),
        ("Invalid", "f.yaml", "no"),
        ("", "f.yaml", "no"),
    ],
)
def test_errors_name_the_file_they_are_about(reason: str, source: str, expected: str) -> None:
    error = StatusError({"kind": "Status", "code": 403, "reason": reason, "message": "no"})
    assert with_context(error, source).message == expected
