"""The node authorizer: a kubelet may reach what the pods on its node need, and its own objects.

Source: kubernetes ``plugin/pkg/auth/authorizer/node/node_authorizer.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mini_server.authn.interface import UserInfo
from mini_server.authz.interface import Attributes, Decision, Rules
from mini_server.authz.node_graph import Graph
from mini_server.authz.rbac import rule_allows

Object = dict[str, Any]
Answer = tuple[Decision, str]

# Where the leases are by which kubelets say that their nodes live.
LEASE_NAMESPACE = "kube-node-lease"
_PREFIX = "system:node:"
_GROUP = "system:nodes"
_READ = frozenset(("get", "list", "watch"))
_OWN = frozenset(("get", "create", "update", "patch", "delete"))
_ALLOW: Answer = Decision.ALLOW, ""
_NOTHING: Answer = Decision.NO_OPINION, ""


class NodeAuthorizer:
    """``rules`` are those of every kubelet, for what is not looked at object by object."""

    def __init__(self, graph: Graph, rules: Sequence[Object]) -> None:
        self._graph = graph
        self._rules = tuple(rules)

    def authorize(self, attributes: Attributes) -> Answer:
        """Allows kubelets, and has no opinion on anybody else."""
        node = node_of(attributes.user)
        if node is None:
            return _NOTHING
        if not node:
            return _no(f'unknown node for user "{attributes.user.name}"')
        if attributes.resource_request:
            divided = _DIVIDED.get((attributes.api_group, attributes.resource))
            if divided is not None:
                return divided(self._graph, node, attributes)
        return _ALLOW if any(rule_allows(rule, attributes) for rule in self._rules) else _NOTHING

    def rules_for(self, user: UserInfo, namespace: str) -> Rules:
        """Nothing that could be listed."""
        if node_of(user) is None:
            return Rules()
        return Rules(incomplete=True, error="node authorizer does not support user rule resolution")


def node_of(user: UserInfo) -> str | None:
    """The node whose kubelet a user is."""
    if user.name.startswith(_PREFIX) and _GROUP in user.groups:
        return user.name.removeprefix(_PREFIX)
    return None


def _no(reason: str) -> Answer:
    return Decision.NO_OPINION, reason


def _related(graph: Graph, node: str, attributes: Attributes) -> Answer:
    """Whether the object is one that the node's pods need."""
    if not attributes.name:
        return _no("No Object name found")
    return _on_a_path(graph, node, attributes)


def _on_a_path(graph: Graph, node: str, attributes: Attributes) -> Answer:
    if graph.reaches(node, attributes.resource, attributes.namespace, attributes.name):
        return _ALLOW
    return _no(f"no relationship found between node '{node}' and this object")


def _get(graph: Graph, node: str, attributes: Attributes) -> Answer:
    if attributes.verb != "get":
        return _no("can only get individual resources of this type")
    if attributes.subresource:
        return _no("cannot get subresource")
    return _related(graph, node, attributes)


def _read(graph: Graph, node: str, attributes: Attributes) -> Answer:
    if attributes.verb not in _READ:
        return _no("can only read resources of this type")
    if attributes.subresource:
        return _no("cannot read subresource")
    if not attributes.namespace:
        return _no("can only read namespaced object of this type")
    return _related(graph, node, attributes)


def _claim(graph: Graph, node: str, attributes: Attributes) -> Answer:
    if attributes.subresource != "status":
        return _get(graph, node, attributes)
    if attributes.verb not in ("update", "patch"):
        return _no("can only get/update/patch this type")
    return _related(graph, node, attributes)


def _account(graph: Graph, node: str, attributes: Attributes) -> Answer:
    if attributes.verb != "create" or not attributes.name:
        return _no("can only create tokens for individual service accounts")
    if attributes.subresource != "token":
        return _no("can only create token subresource of serviceaccount")
    return _on_a_path(graph, node, attributes)


def _lease(graph: Graph, node: str, attributes: Attributes) -> Answer:
    if attributes.verb not in _OWN:
        return _no("can only get, create, update, patch, or delete a node lease")
    if attributes.namespace != LEASE_NAMESPACE:
        return _no(f'can only access leases in the "{LEASE_NAMESPACE}" system namespace')
    # The name of what is created is in the body, which admission looks at.
    if attributes.verb != "create" and attributes.name != node:
        return _no("can only access node lease with the same name as the requesting node")
    return _ALLOW


def _csi_node(graph: Graph, node: str, attributes: Attributes) -> Answer:
    if attributes.verb not in _OWN:
        return _no("can only get, create, update, patch, or delete a CSINode")
    if attributes.subresource:
        return _no("cannot authorize CSINode subresources")
    if attributes.verb != "create" and attributes.name != node:
        return _no("can only access CSINode with the same name as the requesting node")
    return _ALLOW


def _slice(graph: Graph, node: str, attributes: Attributes) -> Answer:
    if attributes.subresource:
        return _no("cannot authorize ResourceSlice subresources")
    if attributes.verb == "create":
        return _ALLOW
    if attributes.verb in _OWN:
        return _related(graph, node, attributes)
    if attributes.verb in ("list", "watch", "deletecollection"):
        if attributes.fields.get("spec.nodeName") == node:
            return _ALLOW
        return _no("can only list/watch/deletecollection resourceslices with nodeName field selector")
    return _no(
        "only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, "
        "deletecollection"
    )


def _node(graph: Graph, node: str, attributes: Attributes) -> Answer:
    verb, name = attributes.verb, attributes.name
    if attributes.subresource:
        return _ALLOW if attributes.subresource == "status" and verb in ("update", "patch") else _NOTHING
    if verb in ("create", "update", "patch"):
        return _ALLOW
    if verb not in _READ:
        return _NOTHING
    if name == node:
        return _ALLOW
    what = f"'{name}'" if name else "all nodes"
    return _no(f"node '{node}' cannot read {what}, only its own Node object")


def _pod(graph: Graph, node: str, attributes: Attributes) -> Answer:
    verb = attributes.verb
    if attributes.subresource == "status":
        return _ALLOW if verb in ("update", "patch") else _NOTHING
    if attributes.subresource == "eviction":
        return _ALLOW if verb == "create" else _NOTHING
    if attributes.subresource:
        return _NOTHING
    if verb in ("create", "delete"):
        return _ALLOW
    if verb == "get":
        return _get(graph, node, attributes)
    if verb not in _READ:
        return _NOTHING
    if attributes.fields.get("spec.nodeName") == node:
        return _ALLOW
    if attributes.name:
        return _on_a_path(graph, node, attributes)
    return _no("can only list/watch pods with spec.nodeName field selector")


# (group, resource) -> who looks at its objects one by one
_DIVIDED: dict[tuple[str, str], Callable[[Graph, str, Attributes], Answer]] = {
    ("", "secrets"): _read,
    ("", "configmaps"): _read,
    ("", "persistentvolumeclaims"): _claim,
    ("", "persistentvolumes"): _get,
    ("", "serviceaccounts"): _account,
    ("", "nodes"): _node,
    ("", "pods"): _pod,
    ("coordination.k8s.io", "leases"): _lease,
    ("resource.k8s.io", "resourceclaims"): _get,
    ("resource.k8s.io", "resourceslices"): _slice,
    ("storage.k8s.io", "csinodes"): _csi_node,
    ("storage.k8s.io", "volumeattachments"): _get,
}
