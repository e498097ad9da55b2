"""Plugins over objects in memory, asked one question at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from mini_server.admission.interface import CREATE, AdmissionContext, Attributes
from mini_server.authn.interface import UserInfo
from pykubectl.machinery.schema import GroupVersionKind, GroupVersionResource

Object = dict[str, Any]
Factory = Callable[[AdmissionContext], Any]

KINDS = {
    "bindings": "Binding",
    "certificatesigningrequests.certificates.k8s.io": "CertificateSigningRequest",
    "clusterrolebindings.rbac.authorization.k8s.io": "ClusterRoleBinding",
    "clusterroles.rbac.authorization.k8s.io": "ClusterRole",
    "configmaps": "ConfigMap",
    "cronjobs.batch": "CronJob",
    "deployments.apps": "Deployment",
    "ingresses.networking.k8s.io": "Ingress",
    "localsubjectaccessreviews.authorization.k8s.io": "LocalSubjectAccessReview",
    "namespaces": "Namespace",
    "persistentvolumeclaims": "PersistentVolumeClaim",
    "persistentvolumes": "PersistentVolume",
    "pods": "Pod",
    "pods.metrics.k8s.io": "PodMetrics",
    "priorityclasses.scheduling.k8s.io": "PriorityClass",
    "rolebindings.rbac.authorization.k8s.io": "RoleBinding",
    "roles.rbac.authorization.k8s.io": "Role",
    "csinodes.storage.k8s.io": "CSINode",
    "leases.coordination.k8s.io": "Lease",
    "nodes": "Node",
    "resourceslices.resource.k8s.io": "ResourceSlice",
    "serviceaccounts": "ServiceAccount",
    "volumeattributesclasses.storage.k8s.io": "VolumeAttributesClass",
}


class Objects:
    """What plugins read, by resource, namespace and name."""

    def __init__(self) -> None:
        self._objects: dict[tuple[str, str, str], Object] = {}

    def add(self, resource: str, name: str, namespace: str = "", **fields: Any) -> None:
        """An object; ``annotations`` and ``created`` go into its metadata."""
        metadata: Object = {"name": name, "namespace": namespace}
        metadata["annotations"] = fields.pop("annotations", {})
        metadata["creationTimestamp"] = fields.pop("created", "2026-01-01T00:00:00Z")
        self._objects[resource, namespace, name] = {"metadata": metadata, **fields}

    async def get(self, gvr: GroupVersionResource, namespace: str, name: str) -> Object | None:
        return self._objects.get((gvr.resource, namespace, name))

    async def list(self, gvr: GroupVersionResource, namespace: str = "") -> list[Object]:
        found = self._objects.items()
        return [o for (resource, within, _), o in found if resource == gvr.resource and namespace in ("", within)]


def write(
    resource: str,
    obj: Object | None = None,
    *,
    operation: str = CREATE,
    old: Object | None = None,
    subresource: str = "",
    namespace: str = "ns",
    name: str = "",
    user: UserInfo | None = None,
    verb: str = "",
) -> Attributes:
    """A write; the resource is written ``resource.group``."""
    plural, _, group = resource.partition(".")
    found = obj or old or {}
    return Attributes(
        operation,
        GroupVersionKind(group, "v1", KINDS[resource]),
        GroupVersionResource(group, "v1", plural),
        subresource,
        namespace,
        name or found.get("metadata", {}).get("name", ""),
        obj,
        old,
        {},
        False,
        user or UserInfo("jane"),
        verb=verb or operation.lower(),
    )


def run(factory: Factory, attributes: Attributes, objects: Objects | None = None) -> Object:
    """The object after the plugin has seen it; raises what the plugin raises."""
    plugin = factory(AdmissionContext(objects or Objects()))

    async def through() -> None:
        if not plugin.handles(attributes.operation):
            return
        if hasattr(plugin, "admit"):
            await plugin.admit(attributes)
        if hasattr(plugin, "validate"):
            await plugin.validate(attributes)

    asyncio.run(through())
    return attributes.obj or {}


def pod(**spec: Any) -> Object:
    """A pod with annotations taken from the spec's ``annotations``."""
    annotations = spec.pop("annotations", {})
    return {"metadata": {"name": "p", "annotations": annotations}, "spec": {"containers": [{"name": "c"}], **spec}}
