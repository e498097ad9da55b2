"""NamespaceLifecycle: nothing is created in a namespace that is missing or going away; some namespaces never go.

Source: apiserver ``pkg/admission/plugin/namespace/lifecycle/admission.go``.
"""

from __future__ import annotations

from mini_server.admission.interface import CREATE, DELETE, UPDATE, AdmissionContext, Attributes
from pykubectl.machinery.errors import new_not_found
from pykubectl.machinery.schema import GroupResource, GroupVersionResource

_NAMESPACES = GroupVersionResource("", "v1", "namespaces")
_IMMORTAL = frozenset(("default", "kube-system", "kube-public"))


class NamespaceLifecycle:
    """Looks at creations in a namespace, and at deletions of namespaces."""

    name = "NamespaceLifecycle"

    def __init__(self, context: AdmissionContext) -> None:
        self._reader = context.reader

    def handles(self, operation: str) -> bool:
        """Everything but connections."""
        return operation in (CREATE, UPDATE, DELETE)

    async def admit(self, attributes: Attributes) -> None:
        """Refuses; nothing is changed, but the refusal must come before others change the object."""
        if attributes.gvr.group_resource == GroupResource("", "namespaces"):
            if attributes.operation == DELETE and attributes.name in _IMMORTAL:
                raise attributes.forbidden("this namespace may not be deleted")
            return
        if not attributes.namespace or attributes.operation != CREATE:
            return
        if attributes.gvr.resource.endswith("accessreviews"):
            return
        namespace = await self._reader.get(_NAMESPACES, "", attributes.namespace)
        if namespace is None:
            raise new_not_found(GroupResource("", "namespaces"), attributes.namespace)
        if namespace.get("status", {}).get("phase") == "Terminating":
            raise self._terminating(attributes)

    async def validate(self, attributes: Attributes) -> None:
        """Deletions are only validated."""
        if attributes.operation == DELETE:
            await self.admit(attributes)

    def _terminating(self, attributes: Attributes) -> Exception:
        text = f"unable to create new content in namespace {attributes.namespace} because it is being terminated"
        error = attributes.forbidden(text)
        error.status.setdefault("details", {})["causes"] = [
            {
                "reason": "NamespaceTerminating",
                "message": f"namespace {attributes.namespace} is being terminated",
                "field": "metadata.namespace",
            }
        ]
        return error
