"""What hangs together with a node: its pods, what they refer to, the volumes behind their claims.

Source: kubernetes ``plugin/pkg/auth/authorizer/node/graph.go``; there the graph is kept, here it is walked when asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

Object = dict[str, Any]

# Marks the pods by which kubelets show what they run of their own accord.
MIRROR = "kubernetes.io/config.mirror"

# Resource and name, in the namespace of the pod.
Reference = tuple[str, str]


class GraphReader(Protocol):
    """The objects as memory has them."""

    def pods_on(self, node: str) -> Iterable[Object]:
        """The pods that are bound to a node."""

    def peek(self, resource: str, namespace: str, name: str) -> Object | None:
        """A claim, volume, volume attachment or resource slice; None where it is not there."""


class Graph:
    """Walks from a node."""

    def __init__(self, reader: GraphReader) -> None:
        self._reader = reader

    def reaches(self, node: str, resource: str, namespace: str, name: str) -> bool:
        """Whether a kubelet needs the object for what runs on its node."""
        if resource in ("volumeattachments", "resourceslices"):
            return self._names_node(resource, name, node)
        return any(self._needs(pod, resource, namespace, name) for pod in self._reader.pods_on(node))

    def _needs(self, pod: Object, resource: str, namespace: str, name: str) -> bool:
        inside = pod["metadata"].get("namespace", "")
        if resource == "pods":
            return (inside, pod["metadata"]["name"]) == (namespace, name)
        if resource == "persistentvolumes":
            return any(volume["metadata"]["name"] == name for volume in self._volumes(pod, inside))
        if inside == namespace and (resource, name) in references(pod):
            return True
        return resource == "secrets" and (namespace, name) in self._secrets_of_volumes(pod, inside)

    def _names_node(self, resource: str, name: str, node: str) -> bool:
        found = self._reader.peek(resource, "", name)
        return found is not None and (found.get("spec") or {}).get("nodeName") == node

    def _volumes(self, pod: Object, namespace: str) -> Iterator[Object]:
        """The volumes that are bound to the pod's claims."""
        for resource, name in references(pod):
            if resource != "persistentvolumeclaims":
                continue
            claim = self._reader.peek(resource, namespace, name)
            bound = ((claim or {}).get("spec") or {}).get("volumeName")
            volume = self._reader.peek("persistentvolumes", "", bound) if bound else None
            if volume is not None and _is_bound(volume, namespace, name):
                yield volume

    def _secrets_of_volumes(self, pod: Object, namespace: str) -> set[tuple[str, str]]:
        return {secret for volume in self._volumes(pod, namespace) for secret in _secrets(volume["spec"], namespace)}


def _is_bound(volume: Object, namespace: str, claim: str) -> bool:
    reference = volume["spec"].get("claimRef") or {}
    return (reference.get("namespace"), reference.get("name")) == (namespace, claim)


def _secrets(spec: Object, namespace: str) -> Iterator[tuple[str, str]]:
    """(namespace, name) of secrets that a volume is mounted with."""
    for source in spec.values():
        if not isinstance(source, dict):
            continue
        for field in _SECRET_FIELDS:
            reference = source.get(field)
            if isinstance(reference, dict) and reference.get("name"):
                yield reference.get("namespace") or namespace, reference["name"]
        if source.get("secretName"):
            yield source.get("secretNamespace") or namespace, source["secretName"]


_SECRET_FIELDS = (
    "secretRef",
    "controllerPublishSecretRef",
    "nodeStageSecretRef",
    "nodePublishSecretRef",
    "nodeExpandSecretRef",
)


def references(pod: Object) -> set[Reference]:
    """What a pod refers to in its namespace.

    Nothing, for a mirror pod: kubelets create them, and must not give themselves rights by that.
    """
    if MIRROR in (pod["metadata"].get("annotations") or {}):
        return set()
    spec, status = pod["spec"], pod.get("status") or {}
    found = {("serviceaccounts", spec.get("serviceAccountName", ""))}
    found |= {("secrets", name) for name in secret_names(spec)}
    for volume in spec.get("volumes") or []:
        found |= set(_volume(volume, pod["metadata"]["name"]))
    for container in _containers(spec):
        found |= {("configmaps", name) for name in _environment(container, "configMapRef", "configMapKeyRef")}
    for claim in (*(spec.get("resourceClaims") or []), *(status.get("resourceClaimStatuses") or [])):
        found.add(("resourceclaims", claim.get("resourceClaimName", "")))
    return found - {(resource, "") for resource, _ in found}


def secret_names(spec: Object) -> Iterator[str]:
    """The secrets that a pod refers to, wherever in its spec."""
    yield from (reference["name"] for reference in spec.get("imagePullSecrets") or [] if reference.get("name"))
    for volume in spec.get("volumes") or []:
        for source in (volume.get("projected") or {}).get("sources") or []:
            if "secret" in source:
                yield source["secret"].get("name", "")
        yield from (name for _, name in _secrets(volume, ""))
    for container in _containers(spec):
        yield from _environment(container, "secretRef", "secretKeyRef")


def _containers(spec: Object) -> Iterator[Object]:
    for field in ("initContainers", "containers", "ephemeralContainers"):
        yield from spec.get(field) or []


def _environment(container: Object, whole: str, key: str) -> Iterator[str]:
    """Names of the objects that variables are made of, taken whole or by key."""
    for source in container.get("envFrom") or []:
        if whole in source:
            yield source[whole].get("name", "")
    for variable in container.get("env") or []:
        value = variable.get("valueFrom") or {}
        if key in value:
            yield value[key].get("name", "")


def _volume(volume: Object, pod: str) -> Iterator[Reference]:
    """What a volume refers to beside secrets."""
    for source in (volume, *((volume.get("projected") or {}).get("sources") or [])):
        if "configMap" in source:
            yield "configmaps", source["configMap"].get("name", "")
    if "persistentVolumeClaim" in volume:
        yield "persistentvolumeclaims", volume["persistentVolumeClaim"].get("claimName", "")
    if "ephemeral" in volume:
        yield "persistentvolumeclaims", f"{pod}-{volume['name']}"
