"""DefaultStorageClass and DefaultIngressClass: objects that name no class get the default one.

Source: kubernetes ``plugin/pkg/admission/storage/storageclass/setdefault``,
``plugin/pkg/admission/network/defaultingressclass``, ``pkg/volume/util/storageclass.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.admission.interface import CREATE, AdmissionContext, Attributes
from pykubectl.machinery.schema import GroupResource, GroupVersionResource

Object = dict[str, Any]


class _DefaultClass:
    """Finds the newest class that an annotation marks as default."""

    name = ""
    classes: GroupVersionResource
    # Annotations that mark a class, and those by which objects name their class in an older way.
    marks: tuple[str, ...] = ()
    older: tuple[str, ...] = ()
    resource: GroupResource
    field = ""

    def __init__(self, context: AdmissionContext) -> None:
        self._reader = context.reader

    def handles(self, operation: str) -> bool:
        """Creations."""
        return operation == CREATE

    async def admit(self, attributes: Attributes) -> None:
        """Sets the class where the object names none."""
        obj = attributes.obj
        if attributes.gvr.group_resource != self.resource or attributes.subresource or obj is None:
            return
        spec = obj.setdefault("spec", {})
        if spec.get(self.field) is not None or _annotations(obj).keys() & set(self.older):
            return
        marked = [c for c in await self._reader.list(self.classes) if self._is_default(c)]
        if marked:
            newest = max(c["metadata"].get("creationTimestamp", "") for c in marked)
            names = (c["metadata"]["name"] for c in marked if c["metadata"].get("creationTimestamp", "") == newest)
            spec[self.field] = min(names)

    def _is_default(self, obj: Object) -> bool:
        return any(_annotations(obj).get(mark) == "true" for mark in self.marks)


def _annotations(obj: Object) -> dict[str, str]:
    return obj["metadata"].get("annotations") or {}


class DefaultStorageClass(_DefaultClass):
    """For claims."""

    name = "DefaultStorageClass"
    classes = GroupVersionResource("storage.k8s.io", "v1", "storageclasses")
    marks = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
    older = ("volume.beta.kubernetes.io/storage-class",)
    resource = GroupResource("", "persistentvolumeclaims")
    field = "storageClassName"


class DefaultIngressClass(_DefaultClass):
    """For ingresses."""

    name = "DefaultIngressClass"
    classes = GroupVersionResource("networking.k8s.io", "v1", "ingressclasses")
    marks = ("ingressclass.kubernetes.io/is-default-class",)
    older = ("kubernetes.io/ingress.class",)
    resource = GroupResource("networking.k8s.io", "ingresses")
    field = "ingressClassName"
