"""StorageObjectInUseProtection: claims, volumes and attributes classes begin with the finalizer that protects them.

Source: kubernetes ``plugin/pkg/admission/storage/storageobjectinuseprotection``.
"""

from __future__ import annotations

from mini_server.admission.interface import CREATE, AdmissionContext, Attributes

_FINALIZERS = {
    ("", "persistentvolumeclaims"): "kubernetes.io/pvc-protection",
    ("", "persistentvolumes"): "kubernetes.io/pv-protection",
    ("storage.k8s.io", "volumeattributesclasses"): "kubernetes.io/vac-protection",
}


class StorageObjectInUseProtection:
    """Controllers take the finalizers away when nothing uses the objects any more."""

    name = "StorageObjectInUseProtection"

    def __init__(self, context: AdmissionContext) -> None:
        pass

    def handles(self, operation: str) -> bool:
        """Creations."""
        return operation == CREATE

    async def admit(self, attributes: Attributes) -> None:
        """Adds the finalizer."""
        finalizer = _FINALIZERS.get((attributes.gvr.group, attributes.gvr.resource))
        if finalizer is None or attributes.subresource or attributes.obj is None:
            return
        meta = attributes.obj["metadata"]
        if finalizer not in (meta.get("finalizers") or []):
            meta["finalizers"] = [*(meta.get("finalizers") or []), finalizer]
