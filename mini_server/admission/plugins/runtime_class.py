"""RuntimeClass: what a runtime costs and which nodes have it becomes part of its pods.

Source: kubernetes ``plugin/pkg/admission/runtimeclass/admission.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.admission.interface import CREATE, AdmissionContext, Attributes
from pykubectl.machinery.schema import GroupResource, GroupVersionResource

Object = dict[str, Any]

_CLASSES = GroupVersionResource("node.k8s.io", "v1", "runtimeclasses")
_PODS = GroupResource("", "pods")


class RuntimeClass:
    """Sets ``overhead``, ``nodeSelector`` and ``tolerations`` of new pods."""

    name = "RuntimeClass"

    def __init__(self, context: AdmissionContext) -> None:
        self._reader = context.reader

    def handles(self, operation: str) -> bool:
        """Creations."""
        return operation == CREATE

    async def admit(self, attributes: Attributes) -> None:
        """Changes pods. Refuses what contradicts the class, and classes that are not there."""
        if attributes.gvr.group_resource != _PODS or attributes.subresource or attributes.obj is None:
            return
        spec = attributes.obj["spec"]
        name = spec.get("runtimeClassName")
        found: Object = {}
        if name:
            known = await self._reader.get(_CLASSES, "", name)
            if known is None:
                raise attributes.forbidden(f'pod rejected: RuntimeClass "{name}" not found')
            found = known
        _set_overhead(attributes, spec, (found.get("overhead") or {}).get("podFixed"))
        _set_scheduling(attributes, spec, found.get("scheduling") or {})


def _set_overhead(attributes: Attributes, spec: Object, fixed: Object | None) -> None:
    own = spec.get("overhead")
    if fixed is None:
        if own:
            text = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
            raise attributes.forbidden(text)
        return
    if own and own != fixed:
        raise attributes.forbidden("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
    spec["overhead"] = dict(fixed)


def _set_scheduling(attributes: Attributes, spec: Object, scheduling: Object) -> None:
    selector = dict(spec.get("nodeSelector") or {})
    for key, value in (scheduling.get("nodeSelector") or {}).items():
        if selector.get(key, value) != value:
            raise attributes.forbidden(
                f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; "
                f"pod.spec.nodeSelector[{key}] = {selector[key]}"
            )
        selector[key] = value
    if selector:
        spec["nodeSelector"] = selector
    own = spec.get("tolerations") or []
    more = [toleration for toleration in scheduling.get("tolerations") or [] if toleration not in own]
    if more:
        spec["tolerations"] = [*own, *more]
