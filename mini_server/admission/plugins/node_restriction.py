"""NodeRestriction: a kubelet writes its own node and the pods on it. Off unless it is enabled.

Source: kubernetes ``plugin/pkg/admission/noderestriction/admission.go``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from mini_server.admission.interface import CREATE, DELETE, UPDATE, AdmissionContext, Attributes
from mini_server.authz.node import LEASE_NAMESPACE, node_of
from mini_server.authz.node_graph import MIRROR, references
from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.schema import GroupVersionResource

Object = dict[str, Any]

_PODS = GroupVersionResource("", "v1", "pods")
# Labels below these domains are for administrators, but for the ones that kubelets set.
_RESERVED = ("kubernetes.io", "k8s.io")
_OWN_LABELS = frozenset(
    (
        *("kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os", "node.kubernetes.io/instance-type"),
        *("beta.kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/instance-type"),
        *("topology.kubernetes.io/region", "topology.kubernetes.io/zone", "node.kubernetes.io/windows-build"),
        *("failure-domain.beta.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone"),
    )
)
_OWN_DOMAINS = ("kubelet.kubernetes.io", "node.kubernetes.io")


class NodeRestriction:
    """Looks at what kubelets write."""

    name = "NodeRestriction"

    def __init__(self, context: AdmissionContext) -> None:
        self._reader = context.reader
        self._checks: dict[tuple[str, str], Callable[[Attributes, str], Awaitable[None]]] = {
            ("", "pods"): self._pod,
            ("", "nodes"): self._node,
            ("", "persistentvolumeclaims"): self._claim,
            ("", "serviceaccounts"): self._account,
            ("coordination.k8s.io", "leases"): self._lease,
            ("storage.k8s.io", "csinodes"): self._csi_node,
            ("resource.k8s.io", "resourceslices"): self._slice,
        }

    def handles(self, operation: str) -> bool:
        """All writes."""
        return operation in (CREATE, UPDATE, DELETE)

    async def validate(self, attributes: Attributes) -> None:
        """Refuses with 403 what is another node's."""
        node = node_of(attributes.user)
        if node is None:
            return
        if not node:
            raise attributes.forbidden(f"could not determine node identity from user {quote(attributes.user.name)}")
        check = self._checks.get((attributes.gvr.group, attributes.gvr.resource))
        if check is not None:
            await check(attributes, node)

    async def _pod(self, attributes: Attributes, node: str) -> None:
        kind, who = attributes.subresource, f"node {quote(node)}"
        if kind == "status":
            old, new = attributes.old_obj or {}, attributes.obj or {}
            if not _is_on(old, node):
                raise attributes.forbidden(
                    f"{who} can only update pod status for pods with spec.nodeName set to itself"
                )
            if old["metadata"].get("labels") != new.get("metadata", {}).get("labels"):
                raise attributes.forbidden(f"{who} cannot update labels through pod status")
        elif kind == "eviction":
            if not _is_on(await self._reader.get(_PODS, attributes.namespace, attributes.name), node):
                raise attributes.forbidden(f"node {node} can only evict pods with spec.nodeName set to itself")
        elif kind:
            text = f"unexpected pod subresource {quote(kind)}, only 'status' and 'eviction' are allowed"
            raise attributes.forbidden(text)
        elif attributes.operation == CREATE:
            for text in _mirror_faults(attributes.obj or {}, node):
                raise attributes.forbidden(text)
        elif attributes.operation == DELETE:
            if not _is_on(attributes.old_obj, node):
                raise attributes.forbidden(f"{who} can only delete pods with spec.nodeName set to itself")
        else:
            text = f"unexpected operation {quote(attributes.operation)}, {who} can only create and delete mirror pods"
            raise attributes.forbidden(text)

    async def _node(self, attributes: Attributes, node: str) -> None:
        who, obj, old = f"node {quote(node)}", attributes.obj or {}, attributes.old_obj or {}
        name = attributes.name or obj.get("metadata", {}).get("name", "")
        if name != node:
            raise attributes.forbidden(f"{who} is not allowed to modify node {quote(name)}")
        changed = _changed_labels(obj, old) if attributes.operation in (CREATE, UPDATE) else set()
        if reserved := sorted(label for label in changed if _is_reserved(label)):
            does = "set" if attributes.operation == CREATE else "modify"
            raise attributes.forbidden(f"{who} is not allowed to {does} labels: {', '.join(reserved)}")
        if attributes.operation != UPDATE:
            return
        if (obj.get("spec") or {}).get("taints") != (old.get("spec") or {}).get("taints"):
            raise attributes.forbidden(f"{who} is not allowed to modify taints")
        if obj["metadata"].get("ownerReferences") != old["metadata"].get("ownerReferences"):
            raise attributes.forbidden(f"{who} is not allowed to modify ownerReferences")

    async def _claim(self, attributes: Attributes, node: str) -> None:
        if attributes.subresource != "status":
            raise attributes.forbidden("may only update PVC status")

    async def _account(self, attributes: Attributes, node: str) -> None:
        if attributes.operation != CREATE or attributes.subresource != "token":
            return
        reference = ((attributes.obj or {}).get("spec") or {}).get("boundObjectRef") or {}
        if reference.get("kind") != "Pod" or not reference.get("name"):
            raise attributes.forbidden("node requested token not bound to a pod")
        if not reference.get("uid"):
            raise attributes.forbidden("node requested token with a pod binding without a uid")
        if not _is_on(await self._reader.get(_PODS, attributes.namespace, reference["name"]), node):
            raise attributes.forbidden("node requested token bound to a pod scheduled on a different node")

    async def _lease(self, attributes: Attributes, node: str) -> None:
        if attributes.namespace != LEASE_NAMESPACE:
            raise attributes.forbidden(f"can only access leases in the {quote(LEASE_NAMESPACE)} system namespace")
        if attributes.name != node:
            raise attributes.forbidden("can only access node lease with the same name as the requesting node")

    async def _csi_node(self, attributes: Attributes, node: str) -> None:
        if attributes.name != node:
            raise attributes.forbidden("can only access CSINode with the same name as the requesting node")

    async def _slice(self, attributes: Attributes, node: str) -> None:
        for obj in (attributes.obj, attributes.old_obj):
            if obj is not None and not _is_on(obj, node):
                raise attributes.forbidden(
                    "can only access ResourceSlice with the same NodeName as the requesting node"
                )


def _is_on(obj: Object | None, node: str) -> bool:
    return obj is not None and (obj.get("spec") or {}).get("nodeName") == node


def _mirror_faults(pod: Object, node: str) -> Iterator[str]:
    """Why a kubelet may not create a pod: it mirrors one that it runs already, and gives it no rights."""
    who, metadata = f"node {quote(node)}", pod["metadata"]
    annotations = dict(metadata.get("annotations") or {})
    if MIRROR not in annotations:
        yield f"pod does not have {quote(MIRROR)} annotation, {who} can only create mirror pods"
    if not _is_on(pod, node):
        yield f"{who} can only create pods with spec.nodeName set to itself"
    owners = metadata.get("ownerReferences") or []
    if len(owners) != 1 or (owners[0].get("kind"), owners[0].get("name")) != ("Node", node):
        yield f"{who} can only create pods with an owner reference set to itself"
    bare = {**pod, "metadata": {**metadata, "annotations": {}}}
    names = {"serviceaccounts": "a service account"}
    for resource in sorted({resource for resource, _ in references(bare)}):
        yield f"{who} can not create pods that reference {names.get(resource, resource)}"


def _changed_labels(obj: Object, old: Object) -> set[str]:
    new_labels = obj.get("metadata", {}).get("labels") or {}
    old_labels = old.get("metadata", {}).get("labels") or {}
    return {label for label in new_labels.keys() | old_labels.keys() if new_labels.get(label) != old_labels.get(label)}


def _is_reserved(label: str) -> bool:
    if label in _OWN_LABELS:
        return False
    domain = label.rpartition("/")[0]
    if domain == "node-restriction.kubernetes.io" or domain.endswith(".node-restriction.kubernetes.io"):
        return True
    if any(domain == own or domain.endswith(f".{own}") for own in _OWN_DOMAINS):
        return False
    return any(domain == reserved or domain.endswith(f".{reserved}") for reserved in _RESERVED)
