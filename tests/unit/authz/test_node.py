"""What kubelets reach."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from mini_server.authn.interface import UserInfo
from mini_server.authz.interface import Attributes, Decision
from mini_server.authz.node import NodeAuthorizer
from mini_server.authz.node_graph import Graph, references
from mini_server.controlplane.rbac_policy import NODE_RULES
from tests.unit.authz.objects import asks, asks_path

Object = dict[str, Any]

NODE = UserInfo("system:node:n1", groups=("system:nodes", "system:authenticated"))
LEASE = "leases.coordination.k8s.io"
CSI = "csinodes.storage.k8s.io"
ATTACHMENT = "volumeattachments.storage.k8s.io"
CLAIM = "resourceclaims.resource.k8s.io"
SLICE = "resourceslices.resource.k8s.io"
UNRELATED = "no relationship found between node 'n1' and this object"

SPEC: Object = {
    "serviceAccountName": "robot",
    "imagePullSecrets": [{"name": "pull"}],
    "resourceClaims": [{"name": "gpu", "resourceClaimName": "gpu-claim"}],
    "initContainers": [{"env": [{"valueFrom": {"secretKeyRef": {"name": "init-secret"}}}]}],
    "containers": [
        {
            "env": [
                {"name": "plain", "value": "x"},
                {"valueFrom": {"configMapKeyRef": {"name": "env-map"}}},
                {"valueFrom": {"secretKeyRef": {"name": "env-secret"}}},
            ],
            "envFrom": [{"configMapRef": {"name": "from-map"}}, {"secretRef": {"name": "from-secret"}}],
        }
    ],
    "ephemeralContainers": [{"envFrom": [{"secretRef": {"name": "debug-secret"}}]}],
    "volumes": [
        {"name": "a", "configMap": {"name": "volume-map"}},
        {"name": "b", "secret": {"secretName": "volume-secret"}},
        {"name": "c", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "d", "ephemeral": {"volumeClaimTemplate": {}}},
        {
            "name": "e",
            "projected": {"sources": [{"secret": {"name": "projected-secret"}}, {"configMap": {"name": "pm"}}]},
        },
        {"name": "f", "csi": {"driver": "x", "nodePublishSecretRef": {"name": "csi-secret"}}},
        {"name": "g", "azureFile": {"secretName": "azure-secret"}},
        {"name": "h", "emptyDir": {}},
    ],
}


def pod(name: str, spec: Object, **metadata: Any) -> Object:
    return {"metadata": {"name": name, "namespace": "ns", **metadata}, "spec": spec}


class Objects:
    """Two nodes: one with a pod that refers to all there is, one with nothing."""

    def __init__(self) -> None:
        self.pods = [pod("web", SPEC)]
        self.others: dict[tuple[str, str, str], Object] = {
            ("persistentvolumeclaims", "ns", "data"): {"spec": {"volumeName": "pv-1"}},
            ("persistentvolumes", "", "pv-1"): {
                "metadata": {"name": "pv-1"},
                "spec": {
                    "claimRef": {"namespace": "ns", "name": "data"},
                    "csi": {"nodeStageSecretRef": {"namespace": "storage", "name": "stage-secret"}},
                },
            },
            ("volumeattachments", "", "va-1"): {"spec": {"nodeName": "n1"}},
            ("volumeattachments", "", "va-2"): {"spec": {"nodeName": "n2"}},
            ("resourceslices", "", "slice-1"): {"spec": {"nodeName": "n1"}},
            ("resourceslices", "", "slice-2"): {"spec": {}},
        }

    def pods_on(self, node: str) -> Iterable[Object]:
        return self.pods if node == "n1" else []

    def peek(self, resource: str, namespace: str, name: str) -> Object | None:
        return self.others.get((resource, namespace, name))


@pytest.fixture
def objects() -> Objects:
    return Objects()


def answer(objects: Objects, question: Attributes) -> tuple[Decision, str]:
    return NodeAuthorizer(Graph(objects), NODE_RULES).authorize(question)


def ask(verb: str, resource: str, name: str = "", *, namespace: str = "ns", user: UserInfo = NODE) -> Attributes:
    return asks(verb, resource, user=user, name=name, namespace=namespace)


@pytest.mark.parametrize(
    "question",
    [
        *(
            ask("get", "secrets", name)
            for name in (
                *("pull", "init-secret", "env-secret", "from-secret", "debug-secret", "volume-secret"),
                *("projected-secret", "csi-secret", "azure-secret"),
            )
        ),
        *(ask("get", "configmaps", name) for name in ("env-map", "from-map", "volume-map", "pm")),
        ask("list", "secrets", "pull"),
        ask("watch", "configmaps", "pm"),
        ask("get", "secrets", "stage-secret", namespace="storage"),
        ask("get", "persistentvolumeclaims", "data"),
        ask("get", "persistentvolumeclaims", "web-d"),
        ask("patch", "persistentvolumeclaims/status", "data"),
        ask("get", "persistentvolumes", "pv-1", namespace=""),
        ask("get", CLAIM, "gpu-claim"),
        ask("get", ATTACHMENT, "va-1", namespace=""),
        ask("create", "serviceaccounts/token", "robot"),
        ask("get", "nodes", "n1", namespace=""),
        ask("list", "nodes", "n1", namespace=""),
        ask("create", "nodes", namespace=""),
        ask("patch", "nodes/status", "n1", namespace=""),
        ask("get", "pods", "web"),
        ask("watch", "pods", "web"),
        ask("create", "pods"),
        ask("delete", "pods", "web"),
        ask("patch", "pods/status", "web"),
        ask("create", "pods/eviction", "web"),
        ask("list", "pods", namespace="")._replace(fields={"spec.nodeName": "n1"}),
        ask("create", LEASE, namespace="kube-node-lease"),
        ask("update", LEASE, "n1", namespace="kube-node-lease"),
        ask("create", CSI, namespace=""),
        ask("get", CSI, "n1", namespace=""),
        ask("create", SLICE, namespace=""),
        ask("update", SLICE, "slice-1", namespace=""),
        ask("deletecollection", SLICE, namespace="")._replace(fields={"spec.nodeName": "n1"}),
        ask("list", "services", namespace=""),
        ask("create", "events"),
        ask("patch", "events.events.k8s.io", "e"),
        ask("create", "tokenreviews.authentication.k8s.io", namespace=""),
        ask("create", "certificatesigningrequests.certificates.k8s.io", namespace=""),
    ],
)
def test_allowed(objects: Objects, question: Attributes) -> None:
    assert answer(objects, question) == (Decision.ALLOW, "")


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (ask("get", "secrets", "other"), UNRELATED),
        (ask("get", "secrets", "pull", namespace="other"), UNRELATED),
        (ask("get", "secrets", "stage-secret"), UNRELATED),
        (ask("get", "secrets"), "No Object name found"),
        (ask("list", "secrets"), "No Object name found"),
        (ask("list", "secrets", namespace=""), "can only read namespaced object of this type"),
        (ask("update", "secrets", "pull"), "can only read resources of this type"),
        (ask("get", "secrets/x", "pull"), "cannot read subresource"),
        (ask("list", "persistentvolumeclaims"), "can only get individual resources of this type"),
        (ask("get", "persistentvolumeclaims/x", "data"), "cannot get subresource"),
        (ask("get", "persistentvolumeclaims/status", "data"), "can only get/update/patch this type"),
        (ask("patch", "persistentvolumeclaims/status", "other"), UNRELATED),
        (ask("get", "persistentvolumes", "pv-2", namespace=""), UNRELATED),
        (ask("get", ATTACHMENT, "va-2", namespace=""), UNRELATED),
        (ask("get", ATTACHMENT, "va-3", namespace=""), UNRELATED),
        (ask("get", CLAIM, "other"), UNRELATED),
        (ask("create", "serviceaccounts/token", "admin"), UNRELATED),
        (ask("create", "serviceaccounts/token", "robot", namespace="other"), UNRELATED),
        (ask("create", "serviceaccounts"), "can only create tokens for individual service accounts"),
        (ask("create", "serviceaccounts", "robot"), "can only create token subresource of serviceaccount"),
        (ask("get", "serviceaccounts", "robot"), "can only create tokens for individual service accounts"),
        (ask("get", "nodes", namespace=""), "node 'n1' cannot read all nodes, only its own Node object"),
        (ask("get", "nodes", "n2", namespace=""), "node 'n1' cannot read 'n2', only its own Node object"),
        (ask("delete", "nodes", "n1", namespace=""), ""),
        (ask("get", "nodes/proxy", "n1", namespace=""), ""),
        (ask("get", "pods", "other"), UNRELATED),
        (ask("list", "pods"), "can only list/watch pods with spec.nodeName field selector"),
        (
            ask("list", "pods")._replace(fields={"spec.nodeName": "n2"}),
            "can only list/watch pods with spec.nodeName field selector",
        ),
        (ask("update", "pods", "web"), ""),
        (ask("get", "pods/log", "web"), ""),
        (ask("create", "pods/exec", "web"), ""),
        (ask("list", LEASE), "can only get, create, update, patch, or delete a node lease"),
        (ask("get", LEASE, "n1"), 'can only access leases in the "kube-node-lease" system namespace'),
        (
            ask("get", LEASE, "n2", namespace="kube-node-lease"),
            "can only access node lease with the same name as the requesting node",
        ),
        (ask("list", CSI, namespace=""), "can only get, create, update, patch, or delete a CSINode"),
        (ask("get", CSI, "n2", namespace=""), "can only access CSINode with the same name as the requesting node"),
        (ask("get", f"{CSI}/x", "n1", namespace=""), "cannot authorize CSINode subresources"),
        (ask("get", SLICE, "slice-2", namespace=""), UNRELATED),
        (
            ask("list", SLICE, namespace=""),
            "can only list/watch/deletecollection resourceslices with nodeName field selector",
        ),
        (ask("create", "secrets"), "can only read resources of this type"),
        (ask("delete", "namespaces", "ns", namespace=""), ""),
        (asks_path("get", "/metrics", NODE), ""),
    ],
)
def test_refused(objects: Objects, question: Attributes, reason: str) -> None:
    assert answer(objects, question) == (Decision.NO_OPINION, reason)


@pytest.mark.parametrize(
    "user",
    [
        UserInfo("system:node:n1"),
        UserInfo("n1", groups=("system:nodes",)),
        UserInfo("system:nodes:n1", groups=("system:nodes",)),
        UserInfo("alice", groups=("system:authenticated",)),
    ],
)
def test_others_are_no_kubelets(objects: Objects, user: UserInfo) -> None:
    question = ask("get", "services", "x", user=user)
    assert answer(objects, question) == (Decision.NO_OPINION, "")
    assert not NodeAuthorizer(Graph(objects), NODE_RULES).rules_for(user, "ns").incomplete


def test_a_kubelet_of_no_node_gets_nothing(objects: Objects) -> None:
    user = UserInfo("system:node:", groups=("system:nodes",))
    wanted = (Decision.NO_OPINION, 'unknown node for user "system:node:"')
    assert answer(objects, ask("list", "services", user=user)) == wanted


def test_another_node_reaches_nothing_of_this_one(objects: Objects) -> None:
    other = UserInfo("system:node:n2", groups=("system:nodes",))
    for resource, name in (("secrets", "pull"), ("configmaps", "pm"), ("persistentvolumeclaims", "data")):
        assert answer(objects, ask("get", resource, name, user=other))[0] is Decision.NO_OPINION


def test_a_mirror_pod_gives_no_rights(objects: Objects) -> None:
    objects.pods = [pod("web", SPEC, annotations={"kubernetes.io/config.mirror": "x"})]
    assert references(objects.pods[0]) == set()
    assert answer(objects, ask("get", "secrets", "pull"))[0] is Decision.NO_OPINION
    assert answer(objects, ask("create", "serviceaccounts/token", "robot"))[0] is Decision.NO_OPINION
    assert answer(objects, ask("get", "persistentvolumes", "pv-1", namespace=""))[0] is Decision.NO_OPINION


def test_a_volume_that_is_bound_to_another_claim_is_out_of_reach(objects: Objects) -> None:
    objects.others["persistentvolumes", "", "pv-1"]["spec"]["claimRef"]["name"] = "other"
    assert answer(objects, ask("get", "persistentvolumes", "pv-1", namespace=""))[0] is Decision.NO_OPINION
    assert answer(objects, ask("get", "secrets", "stage-secret", namespace="storage"))[0] is Decision.NO_OPINION


def test_rules_of_kubelets_cannot_be_listed(objects: Objects) -> None:
    found = NodeAuthorizer(Graph(objects), NODE_RULES).rules_for(NODE, "ns")
    assert (found.incomplete, found.error) == (True, "node authorizer does not support user rule resolution")
