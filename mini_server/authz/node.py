"""The node authorizer: a kubelet may reach what the pods on its node need.

Source: kubernetes ``plugin/pkg/auth/authorizer/node/node_authorizer.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from mini_server.authn.interface import UserInfo
from mini_server.authz.interface import Attributes, Decision

Object = dict[str, Any]

_PREFIX = "system:node:"
_GROUP = "system:nodes"
_READ = ("get", "list", "watch")

# (group, resource) -> verbs that every kubelet has; what is its own is checked by admission (NodeRestriction).
_GENERAL: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "nodes"): (*_READ, "create", "update", "patch"),
    ("", "pods"): (*_READ, "create", "delete"),
    ("", "services"): _READ,
    ("", "events"): ("create", "update", "patch"),
    ("coordination.k8s.io", "leases"): ("get", "create", "update", "patch", "delete"),
    ("storage.k8s.io", "csinodes"): ("get", "create", "update", "patch", "delete"),
    ("storage.k8s.io", "csidrivers"): _READ,
    ("node.k8s.io", "runtimeclasses"): _READ,
    ("authentication.k8s.io", "tokenreviews"): ("create",),
    ("authorization.k8s.io", "subjectaccessreviews"): ("create",),
    ("authorization.k8s.io", "localsubjectaccessreviews"): ("create",),
    ("certificates.k8s.io", "certificatesigningrequests"): (*_READ, "create"),
}
_SUBRESOURCES = {
    ("", "nodes", "status"): ("patch", "update"),
    ("", "pods", "status"): ("patch", "update"),
    ("", "pods", "eviction"): ("create",),
}
# Reachable only where a pod on the node refers to the object.
_BY_POD = frozenset(("secrets", "configmaps", "persistentvolumeclaims", "serviceaccounts"))


class NodeAuthorizer:
    """``pods_on(node)`` lists the pods bound to a node, from the watch cache."""

    def __init__(self, pods_on: Callable[[str], Iterable[Object]]) -> None:
        self._pods_on = pods_on

    def authorize(self, attributes: Attributes) -> tuple[Decision, str]:
        """Allows kubelets, and has no opinion on anybody else."""
        node = node_of(attributes.user)
        if node is None or not attributes.resource_request:
            return Decision.NO_OPINION, ""
        key = (attributes.api_group, attributes.resource)
        if attributes.subresource:
            verbs = _SUBRESOURCES.get((*key, attributes.subresource), ())
            if attributes.verb in verbs:
                return Decision.ALLOW, ""
        elif attributes.verb in _GENERAL.get(key, ()):
            return Decision.ALLOW, ""
        if attributes.api_group == "" and attributes.resource in _BY_POD:
            return self._by_pod(node, attributes)
        return Decision.NO_OPINION, ""

    def _by_pod(self, node: str, attributes: Attributes) -> tuple[Decision, str]:
        allowed_verbs = ("create",) if attributes.subresource == "token" else _READ
        if attributes.verb not in allowed_verbs or not attributes.name:
            return Decision.NO_OPINION, f"no relationship found between node '{node}' and this object"
        wanted = (attributes.resource, attributes.name)
        for pod in self._pods_on(node):
            if pod["metadata"].get("namespace") == attributes.namespace and wanted in references(pod):
                return Decision.ALLOW, ""
        return Decision.NO_OPINION, f"no relationship found between node '{node}' and this object"


def node_of(user: UserInfo) -> str | None:
    """The node whose kubelet a user is."""
    if user.name.startswith(_PREFIX) and _GROUP in user.groups:
        return user.name.removeprefix(_PREFIX)
    return None


def references(pod: Object) -> set[tuple[str, str]]:
    """(resource, name) of what a pod refers to in its namespace."""
    spec = pod["spec"]
    found = {("serviceaccounts", spec.get("serviceAccountName", ""))}
    found |= {("secrets", s.get("name", "")) for s in spec.get("imagePullSecrets") or []}
    for volume in spec.get("volumes") or []:
        found |= set(_volume(volume))
    for container in (*(spec.get("initContainers") or []), *spec.get("containers", [])):
        found |= set(_environment(container))
    return found


def _volume(volume: Object) -> Iterator[tuple[str, str]]:
    for source in (volume, *((volume.get("projected") or {}).get("sources") or [])):
        if "configMap" in source:
            yield "configmaps", source["configMap"].get("name", "")
        if "secret" in source:
            yield "secrets", source["secret"].get("secretName") or source["secret"].get("name", "")
    if "persistentVolumeClaim" in volume:
        yield "persistentvolumeclaims", volume["persistentVolumeClaim"].get("claimName", "")


def _environment(container: Object) -> Iterator[tuple[str, str]]:
    for source in container.get("envFrom") or []:
        if "configMapRef" in source:
            yield "configmaps", source["configMapRef"].get("name", "")
        if "secretRef" in source:
            yield "secrets", source["secretRef"].get("name", "")
    for variable in container.get("env") or []:
        value = variable.get("valueFrom") or {}
        if "configMapKeyRef" in value:
            yield "configmaps", value["configMapKeyRef"].get("name", "")
        if "secretKeyRef" in value:
            yield "secrets", value["secretKeyRef"].get("name", "")
