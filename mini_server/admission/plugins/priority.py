"""Priority: a pod's priority class becomes a number.

Source: kubernetes ``plugin/pkg/admission/priority/admission.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.admission.interface import CREATE, UPDATE, AdmissionContext, Attributes
from pykubectl.machinery.schema import GroupVersionResource

Object = dict[str, Any]

_CLASSES = GroupVersionResource("scheduling.k8s.io", "v1", "priorityclasses")
_NEVER_LOWER = "PreemptLowerPriority"


class Priority:
    """Sets ``priority`` and ``preemptionPolicy`` of new pods; lets only one class be the default."""

    name = "Priority"

    def __init__(self, context: AdmissionContext) -> None:
        self._reader = context.reader

    def handles(self, operation: str) -> bool:
        """Creations and updates."""
        return operation in (CREATE, UPDATE)

    async def admit(self, attributes: Attributes) -> None:
        """Changes pods. Refuses an unknown class, or a number other than the class's."""
        if attributes.gvr.resource != "pods" or attributes.gvr.group or attributes.subresource:
            return
        pod = attributes.obj
        if pod is None:
            return
        spec = pod["spec"]
        if attributes.operation == UPDATE:
            old = (attributes.old_obj or {}).get("spec", {})
            for name in ("priority", "preemptionPolicy"):
                if name not in spec and name in old:
                    spec[name] = old[name]
            return
        value, policy = await self._resolve(attributes, spec)
        for name, wanted, text in (
            ("priority", value, "the integer value of priority"),
            ("preemptionPolicy", policy, "the string value of PreemptionPolicy"),
        ):
            if spec.get(name) is not None and spec[name] != wanted:
                message = f"{text} ({spec[name]}) must not be provided in pod spec; priority admission controller"
                raise attributes.forbidden(f"{message} computed {wanted} from the given PriorityClass name")
            spec[name] = wanted

    async def _resolve(self, attributes: Attributes, spec: Object) -> tuple[int, str]:
        name = spec.get("priorityClassName")
        if name:
            found = await self._reader.get(_CLASSES, "", name)
            if found is None:
                raise attributes.forbidden(f"no PriorityClass with name {name} was found")
        else:
            found = await self._default()
            if found is None:
                return 0, _NEVER_LOWER
            spec["priorityClassName"] = found["metadata"]["name"]
        return int(found.get("value", 0)), found.get("preemptionPolicy", _NEVER_LOWER)

    async def _default(self) -> Object | None:
        defaults = [c for c in await self._reader.list(_CLASSES) if c.get("globalDefault")]
        return min(defaults, key=lambda c: int(c.get("value", 0)), default=None)

    async def validate(self, attributes: Attributes) -> None:
        """Refuses a second default class."""
        obj = attributes.obj
        if attributes.gvr.resource != "priorityclasses" or obj is None or not obj.get("globalDefault"):
            return
        default = await self._default()
        if default is not None and default["metadata"]["name"] != obj["metadata"]["name"]:
            name = default["metadata"]["name"]
            text = f"PriorityClass {name} is already marked as default. Only one default can exist"
            raise attributes.forbidden(text)
