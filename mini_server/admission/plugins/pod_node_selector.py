"""PodNodeSelector: the pods of a namespace go to the nodes that its annotation names. Off unless it is enabled.

Source: kubernetes ``plugin/pkg/admission/podnodeselector/admission.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.admission.interface import CREATE, AdmissionContext, Attributes
from pykubectl.machinery.errors import new_internal_error
from pykubectl.machinery.schema import GroupResource, GroupVersionResource

Object = dict[str, Any]

_NAMESPACES = GroupVersionResource("", "v1", "namespaces")
_PODS = GroupResource("", "pods")
_ANNOTATION = "scheduler.alpha.kubernetes.io/node-selector"


class PodNodeSelector:
    """Adds to ``nodeSelector`` of new pods."""

    name = "PodNodeSelector"

    def __init__(self, context: AdmissionContext) -> None:
        self._reader = context.reader

    def handles(self, operation: str) -> bool:
        """Creations."""
        return operation == CREATE

    async def admit(self, attributes: Attributes) -> None:
        """Changes pods. Refuses those that want other nodes."""
        if attributes.gvr.group_resource != _PODS or attributes.subresource or attributes.obj is None:
            return
        namespace = await self._reader.get(_NAMESPACES, "", attributes.namespace)
        text = (((namespace or {}).get("metadata") or {}).get("annotations") or {}).get(_ANNOTATION, "")
        wanted = _labels(text)
        if not wanted:
            return
        spec = attributes.obj["spec"]
        own = spec.get("nodeSelector") or {}
        if any(own.get(key, value) != value for key, value in wanted.items()):
            raise attributes.forbidden("pod node label selector conflicts with its namespace node label selector")
        spec["nodeSelector"] = {**own, **wanted}


def _labels(text: str) -> dict[str, str]:
    """``a=b, c=d``. Raises an internal-error StatusError on what is no list of labels."""
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, equals, value = part.partition("=")
        if not equals:
            raise new_internal_error(f"invalid selector: [{part}]")
        found[key.strip()] = value.strip()
    return found
