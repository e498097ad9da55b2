"""Faults of the smaller kinds of the core group."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.unit.apis.faults import Object, change_faults, changed, faults, lines, of_kind, status_faults

MAP: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
SECRET: Object = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}}
CONTROLLER = of_kind(
    "v1",
    "ReplicationController",
    {
        "selector": {"a": "b"},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
    },
)
NODE = of_kind("v1", "Node", {})
CLAIM = of_kind(
    "v1",
    "PersistentVolumeClaim",
    {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "s"},
)
VOLUME = of_kind(
    "v1",
    "PersistentVolume",
    {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/a"}},
)
QUOTA = of_kind("v1", "ResourceQuota", {"hard": {"pods": "3"}})
LIMITS = of_kind("v1", "LimitRange", {"limits": [{"type": "Container", "max": {"cpu": "2"}}]})


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "obj", [MAP, SECRET, CONTROLLER, NODE, CLAIM, VOLUME, QUOTA, LIMITS], ids=lambda obj: obj["kind"]
)
def test_good_ones(obj: Object) -> None:
    assert faults(obj) == []
    assert change_faults(obj, obj) == []


@pytest.mark.parametrize(
    ("obj", "values", "fault"),
    [
        (MAP, {"data": {"a b": ""}}, 'data[a b]: Invalid value: "a b": a valid config key must consist of'),
        (MAP, {"data": {"..": ""}}, "must not be '..'"),
        (MAP, {"data": {"a": ""}, "binaryData": {"a": ""}}, "duplicate of key present in binaryData"),
        (MAP, {"data": {"a": "x" * 1048577}}, "[]: Too long: may not be more than 1048576 bytes"),
        (SECRET, {"data": {"a/b": ""}}, 'data[a/b]: Invalid value: "a/b"'),
        (SECRET, {"type": "kubernetes.io/tls"}, "data[tls.crt]: Required value"),
        (SECRET, {"type": "kubernetes.io/basic-auth"}, "data[username]: Required value"),
        (SECRET, {"type": "kubernetes.io/ssh-auth", "data": {"ssh-privatekey": ""}}, "Required value"),
        (SECRET, {"type": "kubernetes.io/dockercfg"}, "data[.dockercfg]: Required value"),
        (
            SECRET,
            {"type": "kubernetes.io/dockercfg", "data": {".dockercfg": encoded("[]")}},
            "json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
        (
            SECRET,
            {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": encoded("{")}},
            'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": unexpected end of JSON input',
        ),
        (SECRET, {"type": "kubernetes.io/service-account-token"}, "metadata.annotations[kubernetes.io/service-account"),
        (CONTROLLER, {"spec.selector": {"a": "c"}}, "`selector` does not match template `labels`"),
        (CONTROLLER, {"spec.template": None}, "spec.template: Required value"),
        (CONTROLLER, {"spec.replicas": -1}, "spec.replicas: Invalid value: -1"),
        (CONTROLLER, {"spec.template.spec.restartPolicy": "Never"}, 'supported values: "Always"'),
        (
            CONTROLLER,
            {"spec.template.spec.activeDeadlineSeconds": 1},
            "activeDeadlineSeconds in ReplicationController is not Supported",
        ),
        (NODE, {"spec.podCIDRs": ["10.0.0.0/24", "10.1.0.0/24"]}, "may specify no more than one CIDR for each IP"),
        (NODE, {"spec.podCIDRs": ["x"]}, "spec.podCIDRs[0]: Invalid value"),
        (NODE, {"spec.taints": [{"key": "a", "effect": "X"}]}, "metadata.taints[0].effect: Unsupported value"),
        (NODE, {"status.capacity": {"pods": "1.5"}}, "must be an integer"),
        (CLAIM, {"spec.accessModes": []}, "spec.accessModes: Required value"),
        (CLAIM, {"spec.accessModes": ["X"]}, 'spec.accessModes: Unsupported value: "X"'),
        (CLAIM, {"spec.resources": {}}, "spec.resources[storage]: Required value"),
        (CLAIM, {"spec.resources.requests.storage": "0"}, "must be greater than zero"),
        (CLAIM, {"spec.storageClassName": "A_"}, "spec.storageClassName: Invalid value"),
        (CLAIM, {"spec.volumeMode": "X"}, 'supported values: "Block", "Filesystem"'),
        (VOLUME, {"spec.capacity": None}, "spec.capacity: Required value"),
        (VOLUME, {"spec.capacity": {"cpu": "1"}}, 'supported values: "storage"'),
        (VOLUME, {"spec.hostPath": None}, "must specify a volume type"),
        (VOLUME, {"spec.nfs": {"server": "a", "path": "/b"}}, "may not specify more than 1 volume type"),
        (VOLUME, {"spec.persistentVolumeReclaimPolicy": "X"}, 'supported values: "Delete", "Recycle", "Retain"'),
        (QUOTA, {"spec.hard": {"gas": "1"}}, "must be a standard resource"),
        (QUOTA, {"spec.hard": {"pods": "-1"}}, "must be greater than or equal to 0"),
        (QUOTA, {"spec.scopes": ["X"]}, "spec.scopes: Invalid value"),
        (QUOTA, {"spec.scopes": ["Terminating", "NotTerminating"]}, "conflicting scopes"),
        (LIMITS, {"spec.limits.0.min": {"cpu": "3"}}, "min value 3 is greater than max value 2"),
        (LIMITS, {"spec.limits.0.default": {"cpu": "3"}}, "default value 3 is greater than max value 2"),
        (LIMITS, {"spec.limits": [{"type": "Pod", "default": {"cpu": "1"}}]}, "may not be specified when `type` is 'P"),
        (LIMITS, {"spec.limits": [{"type": "Pod"}, {"type": "Pod"}]}, "Duplicate value"),
        (LIMITS, {"spec.limits.0.maxLimitRequestRatio": {"cpu": "0.5"}}, "ratio 500m is less than 1"),
    ],
)
def test_faults(obj: Object, values: dict[str, Any], fault: str) -> None:
    found = lines(obj, values)
    assert any(fault in line for line in found), found


@pytest.mark.parametrize("obj", [MAP, SECRET], ids=["ConfigMap", "Secret"])
def test_what_is_immutable_stays(obj: Object) -> None:
    old = changed(changed(obj, "immutable", True), "data", {"a": encoded("b")})
    assert change_faults(old, changed(old, "metadata.labels", {"a": "b"})) == []
    text = "Forbidden: field is immutable when `immutable` is set"
    assert change_faults(old, changed(old, "data", {"a": encoded("c")})) == [f"data: {text}"]
    assert change_faults(old, changed(old, "immutable", None)) == [f"immutable: {text}"]


def test_secrets_keep_their_type() -> None:
    assert change_faults(SECRET, changed(SECRET, "type", "a/b")) == ['type: Invalid value: "a/b": field is immutable']


@pytest.mark.parametrize(
    ("obj", "path", "before", "value", "fault"),
    [
        (NODE, "spec.providerID", "a", "b", 'node updates may not change providerID except from "" to valid'),
        (NODE, "spec.podCIDRs", ["10.0.0.0/24"], ["10.1.0.0/24"], 'may not change podCIDR except from "" to valid'),
        (VOLUME, "spec.hostPath.path", "/a", "/b", "spec.persistentvolumesource: Forbidden"),
        (CLAIM, "spec.accessModes", ["ReadWriteOnce"], ["ReadOnlyMany"], "spec: Forbidden: spec is immutable after"),
        (CLAIM, "spec.storageClassName", "s", "t", "spec: Forbidden: spec is immutable after creation"),
        (QUOTA, "spec.scopes", ["BestEffort"], [], "field is immutable"),
    ],
)
def test_what_stays(obj: Object, path: str, before: Any, value: Any, fault: str) -> None:
    old = changed(obj, path, before)
    found = change_faults(old, changed(old, path, value))
    assert any(fault in line for line in found), found


def test_claims_of_bound_volumes_grow_only() -> None:
    bound = {**changed(CLAIM, "spec.volumeName", "v"), "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}}}
    path = "spec.resources.requests.storage"
    assert change_faults(bound, changed(bound, path, "2Gi")) == []
    assert any("field can not be less than" in line for line in change_faults(bound, changed(bound, path, "1Mi")))


def test_phases_of_namespaces_follow_their_deletion() -> None:
    space: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}, "status": {"phase": "Active"}}
    gone = changed(space, "status.phase", "Terminating")
    text = "may only be 'Active' if `deletionTimestamp` is empty"
    assert status_faults(space, gone) == [f'status.Phase: Invalid value: "Terminating": {text}']
    deleted = changed(gone, "metadata.deletionTimestamp", "2026-01-01T00:00:00Z")
    assert status_faults(deleted, deleted) == []
