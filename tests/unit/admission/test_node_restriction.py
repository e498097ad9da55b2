"""What kubelets may write."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.admission.interface import CREATE, DELETE, UPDATE
from mini_server.admission.plugins.node_restriction import NodeRestriction
from mini_server.admission.registry import builtin_registry
from mini_server.authn.interface import UserInfo
from pykubectl.machinery.errors import StatusError
from tests.unit.admission.support import Object, Objects, run, write

NODE = UserInfo("system:node:n1", groups=("system:nodes",))
OWNER = {"kind": "Node", "name": "n1", "apiVersion": "v1"}
LEASE = "leases.coordination.k8s.io"
CSI = "csinodes.storage.k8s.io"
SLICE = "resourceslices.resource.k8s.io"


def mirror(*, annotated: bool = True, owners: tuple[Object, ...] = (OWNER,), **spec: Any) -> Object:
    metadata: Object = {"name": "p", "ownerReferences": list(owners)}
    if annotated:
        metadata["annotations"] = {"kubernetes.io/config.mirror": "x"}
    return {"metadata": metadata, "spec": {"nodeName": "n1", "containers": [{"name": "c"}], **spec}}


def on(node: str, **labels: str) -> Object:
    return {"metadata": {"name": "p", "labels": labels}, "spec": {"nodeName": node}}


def node(name: str = "n1", *, taints: Any = None, owners: Any = None, **labels: str) -> Object:
    metadata: Object = {"name": name, "labels": {key.replace("__", "/"): value for key, value in labels.items()}}
    if owners:
        metadata["ownerReferences"] = owners
    return {"metadata": metadata, "spec": {"taints": taints} if taints else {}}


def labelled(label: str) -> Object:
    return {"metadata": {"name": "n1", "labels": {label: "x"}}, "spec": {}}


def token(**reference: str) -> Object:
    return {"metadata": {}, "spec": {"boundObjectRef": reference} if reference else {}}


@pytest.fixture
def objects() -> Objects:
    found = Objects()
    found.add("pods", "mine", "ns", spec={"nodeName": "n1"})
    found.add("pods", "theirs", "ns", spec={"nodeName": "n2"})
    return found


POD: dict[str, Any] = {"resource": "pods"}
STATUS: dict[str, Any] = {**POD, "operation": UPDATE, "subresource": "status"}
EVICT: dict[str, Any] = {**POD, "subresource": "eviction", "obj": {"metadata": {}}}
TOKEN: dict[str, Any] = {"resource": "serviceaccounts", "subresource": "token", "name": "robot"}


@pytest.mark.parametrize(
    "asked",
    [
        {**POD, "obj": mirror()},
        {**POD, "operation": DELETE, "old": on("n1")},
        {**STATUS, "obj": on("n1"), "old": on("n1")},
        {**EVICT, "name": "mine"},
        {"resource": "nodes", "obj": node()},
        {"resource": "nodes", "obj": labelled("kubernetes.io/hostname")},
        {"resource": "nodes", "obj": labelled("node.kubernetes.io/anything")},
        {"resource": "nodes", "obj": labelled("example.org/anything")},
        {"resource": "nodes", "operation": UPDATE, "obj": node(a="b"), "old": node()},
        {"resource": "nodes", "operation": UPDATE, "subresource": "status", "obj": node(), "old": node()},
        {
            "resource": "persistentvolumeclaims",
            "operation": UPDATE,
            "subresource": "status",
            "obj": node(),
            "old": node(),
        },
        {**TOKEN, "obj": token(kind="Pod", name="mine", uid="u")},
        {"resource": LEASE, "obj": node(), "namespace": "kube-node-lease"},
        {"resource": CSI, "obj": node(), "namespace": ""},
        {"resource": SLICE, "obj": on("n1"), "namespace": ""},
        {"resource": "configmaps", "obj": node("anything")},
    ],
)
def test_ones_own(objects: Objects, asked: dict[str, Any]) -> None:
    resource = asked.pop("resource")
    run(NodeRestriction, write(resource, **asked, user=NODE), objects)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (
            {**POD, "obj": mirror(annotated=False)},
            'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
        ),
        ({**POD, "obj": mirror(nodeName="n2")}, 'node "n1" can only create pods with spec.nodeName set to itself'),
        ({**POD, "obj": mirror(owners=())}, 'node "n1" can only create pods with an owner reference set to itself'),
        (
            {**POD, "obj": mirror(owners=({**OWNER, "name": "n2"},))},
            'node "n1" can only create pods with an owner reference set to itself',
        ),
        (
            {**POD, "obj": mirror(serviceAccountName="robot")},
            'node "n1" can not create pods that reference a service account',
        ),
        (
            {**POD, "obj": mirror(volumes=[{"name": "v", "secret": {"secretName": "s"}}])},
            'node "n1" can not create pods that reference secrets',
        ),
        (
            {**POD, "obj": mirror(volumes=[{"name": "v", "configMap": {"name": "m"}}])},
            'node "n1" can not create pods that reference configmaps',
        ),
        (
            {**POD, "operation": DELETE, "old": on("n2")},
            'node "n1" can only delete pods with spec.nodeName set to itself',
        ),
        (
            {**POD, "operation": UPDATE, "obj": on("n1"), "old": on("n1")},
            'unexpected operation "UPDATE", node "n1" can only create and delete mirror pods',
        ),
        (
            {**STATUS, "obj": on("n1"), "old": on("n2")},
            'node "n1" can only update pod status for pods with spec.nodeName set to itself',
        ),
        (
            {**STATUS, "obj": on("n1", a="b"), "old": on("n1")},
            'node "n1" cannot update labels through pod status',
        ),
        ({**EVICT, "name": "theirs"}, "node n1 can only evict pods with spec.nodeName set to itself"),
        ({**EVICT, "name": "gone"}, "node n1 can only evict pods with spec.nodeName set to itself"),
        (
            {**POD, "subresource": "exec", "obj": {"metadata": {}}},
            "unexpected pod subresource \"exec\", only 'status' and 'eviction' are allowed",
        ),
        ({"resource": "nodes", "obj": node("n2")}, 'node "n1" is not allowed to modify node "n2"'),
        (
            {"resource": "nodes", "operation": DELETE, "old": node("n2")},
            'node "n1" is not allowed to modify node "n2"',
        ),
        (
            {"resource": "nodes", "obj": labelled("node-restriction.kubernetes.io/x")},
            'node "n1" is not allowed to set labels: node-restriction.kubernetes.io/x',
        ),
        (
            {"resource": "nodes", "operation": UPDATE, "obj": labelled("other.k8s.io/x"), "old": node()},
            'node "n1" is not allowed to modify labels: other.k8s.io/x',
        ),
        (
            {"resource": "nodes", "operation": UPDATE, "obj": node(), "old": labelled("node-role.kubernetes.io/x")},
            'node "n1" is not allowed to modify labels: node-role.kubernetes.io/x',
        ),
        (
            {"resource": "nodes", "operation": UPDATE, "obj": node(), "old": node(taints=[{"key": "a"}])},
            'node "n1" is not allowed to modify taints',
        ),
        (
            {"resource": "nodes", "operation": UPDATE, "obj": node(owners=[OWNER]), "old": node()},
            'node "n1" is not allowed to modify ownerReferences',
        ),
        (
            {"resource": "persistentvolumeclaims", "operation": UPDATE, "obj": node(), "old": node()},
            "may only update PVC status",
        ),
        ({**TOKEN, "obj": token()}, "node requested token not bound to a pod"),
        ({**TOKEN, "obj": token(kind="Secret", name="s", uid="u")}, "node requested token not bound to a pod"),
        ({**TOKEN, "obj": token(kind="Pod", name="mine")}, "node requested token with a pod binding without a uid"),
        (
            {**TOKEN, "obj": token(kind="Pod", name="theirs", uid="u")},
            "node requested token bound to a pod scheduled on a different node",
        ),
        ({"resource": LEASE, "obj": node()}, 'can only access leases in the "kube-node-lease" system namespace'),
        (
            {"resource": LEASE, "obj": node("n2"), "namespace": "kube-node-lease"},
            "can only access node lease with the same name as the requesting node",
        ),
        ({"resource": CSI, "obj": node("n2")}, "can only access CSINode with the same name as the requesting node"),
        (
            {"resource": SLICE, "operation": UPDATE, "obj": on("n1"), "old": on("n2")},
            "can only access ResourceSlice with the same NodeName as the requesting node",
        ),
    ],
)
def test_anothers(objects: Objects, asked: dict[str, Any], text: str) -> None:
    resource = asked.pop("resource")
    with pytest.raises(StatusError) as caught:
        run(NodeRestriction, write(resource, **asked, user=NODE), objects)
    assert caught.value.code == 403
    assert caught.value.message.endswith(f"is forbidden: {text}")


def test_people_are_not_restricted(objects: Objects) -> None:
    run(NodeRestriction, write("nodes", node("n2"), user=UserInfo("jane")), objects)
    run(NodeRestriction, write("nodes", node("n2"), user=UserInfo("system:node:n1")), objects)


def test_a_kubelet_of_no_node_writes_nothing(objects: Objects) -> None:
    nobody = UserInfo("system:node:", groups=("system:nodes",))
    with pytest.raises(StatusError, match="could not determine node identity"):
        run(NodeRestriction, write("configmaps", node(), user=nobody), objects)


def test_it_is_off_unless_enabled() -> None:
    assert "NodeRestriction" in builtin_registry().names()
    assert "NodeRestriction" not in builtin_registry()._default


def test_creation_is_seen_too() -> None:
    assert all(NodeRestriction.handles(NodeRestriction.__new__(NodeRestriction), o) for o in (CREATE, UPDATE, DELETE))
