from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pykubectl_tree.ownership import cells, children_by_owner, readiness, rows

Object = dict[str, Any]


def an_object(kind: str, name: str, *owners: str, conditions: tuple[tuple[str, str, str], ...] = ()) -> Object:
    return {
        "kind": kind,
        "metadata": {
            "name": name,
            "uid": name,
            "namespace": "shop",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "ownerReferences": [{"uid": owner} for owner in owners],
        },
        "status": {"conditions": [{"type": t, "status": s, "reason": r} for t, s, r in conditions]},
    }


def drawn(root: Object, objects: list[Object]) -> list[str]:
    return [row.prefix + row.obj["metadata"]["name"] for row in rows(root, children_by_owner(objects))]


def test_branches_are_drawn_depth_first_by_kind_and_name() -> None:
    web = an_object("Deployment", "web")
    old, new = an_object("ReplicaSet", "web-1", "web"), an_object("ReplicaSet", "web-2", "web")
    pods = [an_object("Pod", name, owner) for name, owner in (("c", "web-2"), ("a", "web-1"), ("b", "web-1"))]
    assert drawn(web, [*pods, new, old]) == ["web", "├─web-1", "│ ├─a", "│ └─b", "└─web-2", "  └─c"]


def test_an_object_of_two_owners_is_below_both() -> None:
    root = an_object("A", "root")
    middle = [an_object("B", name, "root") for name in ("x", "y")]
    assert drawn(root, [*middle, an_object("C", "shared", "x", "y")]) == [
        "root",
        "├─x",
        "│ └─shared",
        "└─y",
        "  └─shared",
    ]


def test_a_circle_of_owners_ends() -> None:
    first, second = an_object("A", "first", "second"), an_object("A", "second", "first")
    assert drawn(first, [first, second]) == ["first", "└─second"]


def test_ready_comes_before_available() -> None:
    both = an_object("X", "x", conditions=(("Available", "True", "Up"), ("Ready", "False", "Starting")))
    assert readiness(both) == ("False", "Starting")
    assert readiness(an_object("X", "x", conditions=(("Available", "True", "Up"),))) == ("True", "Up")
    assert readiness(an_object("X", "x")) == ("-", "")
    assert readiness({"metadata": {"name": "x"}}) == ("-", "")


def test_a_row_has_namespace_name_readiness_and_age() -> None:
    pod = an_object("Pod", "web-1", conditions=(("Ready", "True", ""),))
    (row,) = rows(pod, {})
    assert cells(row, datetime(2026, 1, 1, 0, 1, tzinfo=UTC)) == ("shop", "Pod/web-1", "True", "", "60s")
