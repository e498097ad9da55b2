"""Patches against the real kubectl, which applies them to a local object with the API server's own code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pykubectl.machinery.patch import json as json_patch
from pykubectl.machinery.patch import merge, strategic
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.structural.types import builtin

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

KUBECTL = Path(sys.executable).parent / "kubectl"

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "x", "labels": {"a": "b"}, "finalizers": ["f1", "f2"]},
    "spec": {
        "replicas": 1,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
        "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {
                "containers": [
                    {
                        "name": "c1",
                        "image": "i1",
                        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                        "ports": [{"containerPort": 80, "protocol": "TCP"}],
                        "args": ["x"],
                    },
                    {"name": "c2", "image": "i2"},
                ],
                "volumes": [{"name": "v", "emptyDir": {"medium": "Memory"}}],
                "tolerations": [{"key": "k"}],
            },
        },
    },
}


def pod(**fields: Any) -> dict[str, Any]:
    """A patch of the pod template's spec."""
    return {"spec": {"template": {"spec": fields}}}


def containers(*entries: dict[str, Any], order: tuple[str, ...] = ()) -> dict[str, Any]:
    """A patch of the containers, with the order it asks for."""
    named = {"$setElementOrder/containers": [{"name": name} for name in order]} if order else {}
    return pod(containers=list(entries), **named)


STRATEGIC: dict[str, Any] = {
    "a new entry goes first": containers({"name": "c3", "image": "i3"}),
    "entries stand in the patch's order": containers({"name": "c2", "image": "n"}, {"name": "c1", "image": "m"}),
    "delete an entry": containers({"name": "c1", "$patch": "delete"}),
    "replace a list": containers({"$patch": "replace"}, {"name": "z", "image": "z"}),
    "nested lists": containers(
        {"name": "c1", "env": [{"name": "C", "value": "3"}, {"name": "A", "$patch": "delete"}], "args": ["y"]},
    ),
    "another port": containers({"name": "c1", "ports": [{"containerPort": 81}]}),
    "an entry without its key": containers({"image": "nokey"}),
    "merge directive in a list": containers({"name": "c1", "$patch": "merge"}),
    "order of the server's entries": containers({"name": "c1", "image": "i9"}, order=("c2", "c1")),
    "order with a new and a gone entry": containers(
        {"name": "c3", "image": "i9"}, {"name": "c2", "$patch": "delete"}, order=("c1", "c3")
    ),
    "order that the patch breaks": containers(
        {"name": "c3", "image": "i9"}, {"name": "c2", "image": "k"}, order=("c2", "c3")
    ),
    "set of texts": {"metadata": {"finalizers": ["f3", "f1"]}},
    "delete from a set": {
        "metadata": {"$deleteFromPrimitiveList/finalizers": ["f1"], "$setElementOrder/finalizers": ["f2"]}
    },
    "retain keys": {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}},
    "retain keys without what is patched": {"spec": {"strategy": {"$retainKeys": ["x"], "type": "Recreate"}}},
    "retain keys in an entry": pod(
        volumes=[{"name": "v", "$retainKeys": ["name", "secret"], "secret": {"secretName": "s"}}]
    ),
    "replace an object": {"metadata": {"labels": {"$patch": "replace", "q": "r"}}},
    "delete an object": {"metadata": {"labels": {"$patch": "delete"}}},
    "unknown directive": {"metadata": {"labels": {"$patch": "bogus"}}},
    "null": {"metadata": {"labels": None}},
    "nulls in what is new": {"metadata": {"annotations": {"x": None, "q": "z"}}},
    "directive in what is new": pod(nodeSelector={"$patch": "replace", "a": "b"}),
    "delete in a new list": pod(initContainers=[{"name": "i", "image": "x", "$patch": "delete"}]),
    "a list that is replaced": pod(tolerations=[{"key": "z"}]),
}

MERGE: dict[str, Any] = {
    "nulls": {"metadata": {"labels": {"a": None, "c": "d"}}},
    "nulls in lists": pod(containers=[{"name": "q", "image": None}]),
}

JSON: dict[str, Any] = {
    "add": [{"op": "add", "path": "/metadata/labels/a~1b", "value": "t"}],
    "append": [{"op": "add", "path": "/metadata/finalizers/-", "value": "w"}],
    "insert": [{"op": "add", "path": "/metadata/finalizers/0", "value": "w"}],
    "add outside": [{"op": "add", "path": "/metadata/finalizers/9", "value": "w"}],
    "add at no number": [{"op": "add", "path": "/metadata/finalizers/x", "value": "w"}],
    "add without parent": [{"op": "add", "path": "/spec/no/pe", "value": 2}],
    "add without path": [{"op": "add", "value": 1}],
    "remove": [{"op": "remove", "path": "/metadata/labels/a"}],
    "remove nothing": [{"op": "remove", "path": "/metadata/labels/zz"}],
    "remove outside": [{"op": "remove", "path": "/metadata/finalizers/7"}],
    "remove the last": [{"op": "remove", "path": "/metadata/finalizers/-1"}],
    "replace": [{"op": "replace", "path": "/spec/replicas", "value": 5}],
    "replace nothing": [{"op": "replace", "path": "/metadata/labels/q", "value": "r"}],
    "replace without slash": [{"op": "replace", "path": "spec", "value": 1}],
    "test": [{"op": "test", "path": "/spec/replicas", "value": 1}],
    "test fails": [{"op": "test", "path": "/spec/replicas", "value": 2}],
    "test of nothing": [{"op": "test", "path": "/spec/nope", "value": None}],
    "move": [{"op": "move", "from": "/metadata/labels/a", "path": "/metadata/labels/b"}],
    "copy": [{"op": "copy", "from": "/metadata/finalizers/0", "path": "/metadata/finalizers/-"}],
    "unknown operation": [{"op": "bogus", "path": "/a"}],
    "no operation": [{"path": "/a"}],
    "no list": {"op": "add"},
}

CASES = [
    pytest.param(kind, patch, id=f"{kind}: {name}")
    for kind, table in (("strategic", STRATEGIC), ("merge", MERGE), ("json", JSON))
    for name, patch in table.items()
]


def without_empty(value: Any) -> Any:
    """What typed printing adds (empty status, creationTimestamp, resources) and JSON does not say is left out."""
    if isinstance(value, dict):
        kept = {name: without_empty(entry) for name, entry in value.items() if name != "status" and entry is not None}
        return {name: entry for name, entry in kept.items() if entry != {}}
    return [without_empty(entry) for entry in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("kind", "patch"), CASES)
def test_patches_are_applied_alike(kind: str, patch: Any) -> None:
    command = [str(KUBECTL), "patch", "--local", f"--type={kind}", "-f", "-", "-p", json.dumps(patch), "-o", "json"]
    theirs = subprocess.run(
        command, input=json.dumps(DEPLOYMENT), capture_output=True, text=True, check=False, timeout=30
    )
    untouched = json.dumps(DEPLOYMENT)
    try:
        ours = apply(kind, patch)
    except (strategic.StrategicPatchError, json_patch.PatchError) as error:
        assert theirs.stderr.strip() == f"error: {error}".strip()
    else:
        assert theirs.returncode == 0, theirs.stderr
        assert without_empty(ours) == without_empty(json.loads(theirs.stdout))
    assert json.dumps(DEPLOYMENT) == untouched


def apply(kind: str, patch: Any) -> Any:
    if kind == "json":
        return json_patch.apply(DEPLOYMENT, patch)
    if kind == "merge":
        return merge.apply(DEPLOYMENT, patch)
    return strategic.apply(DEPLOYMENT, patch, builtin().type_for(GroupVersionKind("apps", "v1", "Deployment")))
