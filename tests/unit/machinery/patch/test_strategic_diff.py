"""Creating strategic merge patches as ``kubectl apply`` does; applying them gives what was wanted."""

from __future__ import annotations

from typing import Any

import pytest

from pykubectl.machinery.patch.strategic import StrategicPatchError, apply
from pykubectl.machinery.patch.strategic_diff import ApplyConflict, create_three_way, create_two_way
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.structural.types import Type, builtin

POD = builtin().type_for(GroupVersionKind("", "v1", "Pod"))
DEPLOYMENT = builtin().type_for(GroupVersionKind("apps", "v1", "Deployment"))


def pod(*containers: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p", **metadata}, "spec": {"containers": list(containers)}}


def order(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


A, B, C = ({"name": name, "image": name} for name in "abc")

TWO_WAY: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("nothing", pod(A), pod(A), {}),
    (
        "a label",
        pod(labels={"x": "1", "z": "2"}),
        pod(labels={"x": "3"}),
        {"metadata": {"labels": {"x": "3", "z": None}}},
    ),
    (
        "an entry changed",
        pod(A, B),
        pod(A, {"name": "b", "image": "new"}),
        {"spec": {"$setElementOrder/containers": order("a", "b"), "containers": [{"name": "b", "image": "new"}]}},
    ),
    (
        "entries added and gone",
        pod(A, B),
        pod(C, B),
        {
            "spec": {
                "$setElementOrder/containers": order("c", "b"),
                "containers": [C, {"name": "a", "$patch": "delete"}],
            }
        },
    ),
    ("order only", pod(A, B), pod(B, A), {"spec": {"$setElementOrder/containers": order("b", "a")}}),
    ("first entries", pod(), pod(A), {"spec": {"containers": [A]}}),
    (
        "a set",
        pod(finalizers=["x", "u"]),
        pod(finalizers=["u", "w"]),
        {
            "metadata": {
                "$setElementOrder/finalizers": ["u", "w"],
                "$deleteFromPrimitiveList/finalizers": ["x"],
                "finalizers": ["w"],
            }
        },
    ),
]


@pytest.mark.parametrize(("original", "modified", "patch"), [case[1:] for case in TWO_WAY], ids=[c[0] for c in TWO_WAY])
def test_two_way(original: dict[str, Any], modified: dict[str, Any], patch: dict[str, Any]) -> None:
    assert create_two_way(original, modified, POD) == patch
    assert apply(original, patch, POD) == modified


def test_retain_keys_of_the_strategy() -> None:
    original = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    modified = {"spec": {"strategy": {"type": "Recreate"}}}
    patch = create_two_way(original, modified, DEPLOYMENT)
    assert patch == {"spec": {"strategy": {"$retainKeys": ["type"], "rollingUpdate": None, "type": "Recreate"}}}
    assert apply(original, patch, DEPLOYMENT) == modified


def test_three_way_keeps_what_others_added() -> None:
    original, modified = pod(A, B, labels={"x": "1", "old": "1"}), pod(A, labels={"x": "2"})
    current = pod(A, B, C, labels={"x": "1", "old": "1", "theirs": "1"})
    patch = create_three_way(original, modified, current, POD)
    assert patch == {
        "metadata": {"labels": {"x": "2", "old": None}},
        "spec": {"$setElementOrder/containers": order("a"), "containers": [{"name": "b", "$patch": "delete"}]},
    }
    assert apply(current, patch, POD) == pod(A, C, labels={"x": "2", "theirs": "1"})


def test_three_way_of_nothing() -> None:
    current = {**pod({**A, "imagePullPolicy": "Always"}), "status": {"phase": "Running"}}
    assert create_three_way(pod(A), pod(A), current, POD) == {}


def test_ports_with_one_number_are_told_apart() -> None:
    """Two entries may share their merge key; they are compared in their order."""
    ports = [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53, "protocol": "TCP"}]
    both = pod({**A, "ports": ports})
    assert create_two_way(both, both, POD) == {}


@pytest.mark.parametrize(("theirs", "conflicts"), [("1", False), ("2", False), ("3", True)])
def test_conflicts_without_overwrite(theirs: str, conflicts: bool) -> None:
    original, modified, current = pod(labels={"x": "1"}), pod(labels={"x": "2"}), pod(labels={"x": theirs})
    if not conflicts:
        create_three_way(original, modified, current, POD, overwrite=False)
        return
    with pytest.raises(ApplyConflict, match="conflicts with changes made from original to current"):
        create_three_way(original, modified, current, POD, overwrite=False)
    assert create_three_way(original, modified, current, POD) == {"metadata": {"labels": {"x": "2"}}}


def test_entries_without_their_key() -> None:
    with pytest.raises(StrategicPatchError, match="does not contain declared merge key: name"):
        create_two_way(pod(A), pod({"image": "x"}), POD)


@pytest.mark.parametrize("schema", [POD, None])
def test_inputs_stay_as_they_are(schema: Type | None) -> None:
    original, modified = pod(A, B), pod(C)
    patch = create_two_way(original, modified, schema)
    apply(original, patch, schema)
    assert (original, modified) == (pod(A, B), pod(C))
