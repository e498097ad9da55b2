"""DefaultStorageClass and DefaultIngressClass: objects that name no class get the default one.

Source: kubernetes ``plugin/pkg/admission/storage/storageclass/setdefault``,
``plugin/pkg/admission/network/defaultingressclass``.
"""

from __future__ import annotations

from typing import Any

from mini_server.admission.interface import CREATE, AdmissionContext, Attributes
from pykubectl.machinery.schema import GroupVersionResource

Object = dict[str, Any]


class _DefaultClass:
    """Finds the newest class that an annotation marks as default."""

    name = ""
    classes: GroupVersionResource
    annotation = ""
    resource = ""
    field = ""

    def __init__(self, context: AdmissionContext) -> None:
        self._reader = context.reader

    def handles(self, operation: str) -> bool:
        """Creations."""
        return operation == CREATE

    async def admit(self, attributes: Attributes) -> None:
        """Sets the class where the object names none."""
        if attributes.gvr.resource != self.resource or attributes.subresource or attributes.obj is None:
            return
        spec = attributes.obj.setdefault("spec", {})
        if spec.get(self.field) is not None:
            return
        marked = [
            c
            for c in await self._reader.list(self.classes)
            if (c["metadata"].get("annotations") or {}).get(self.annotation) == "true"
        ]
        if marked:
            newest = max(marked, key=lambda c: (c["metadata"].get("creationTimestamp", ""), c["metadata"]["name"]))
            spec[self.field] = newest["metadata"]["name"]


class DefaultStorageClass(_DefaultClass):
    """For claims."""

    name = "DefaultStorageClass"
    classes = GroupVersionResource("storage.k8s.io", "v1", "storageclasses")
    annotation = "storageclass.kubernetes.io/is-default-class"
    resource = "persistentvolumeclaims"
    field = "storageClassName"


class DefaultIngressClass(_DefaultClass):
    """For ingresses."""

    name = "DefaultIngressClass"
    classes = GroupVersionResource("networking.k8s.io", "v1", "ingressclasses")
    annotation = "ingressclass.kubernetes.io/is-default-class"
    resource = "ingresses"
    field = "ingressClassName"
