"""DefaultTolerationSeconds: pods stay five minutes on a node that is not ready or cannot be reached.

Source: kubernetes ``plugin/pkg/admission/defaulttolerationseconds/admission.go``.
"""

from __future__ import annotations

from mini_server.admission.interface import CREATE, UPDATE, AdmissionContext, Attributes

_SECONDS = 300
_KEYS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


class DefaultTolerationSeconds:
    """Adds the two tolerations where a pod has none of its own for these taints."""

    name = "DefaultTolerationSeconds"

    def __init__(self, context: AdmissionContext) -> None:
        self._context = context

    def handles(self, operation: str) -> bool:
        """Creations and updates."""
        return operation in (CREATE, UPDATE)

    async def admit(self, attributes: Attributes) -> None:
        """Changes the pod."""
        if attributes.gvr.resource != "pods" or attributes.gvr.group or attributes.subresource:
            return
        if attributes.obj is None:
            return
        spec = attributes.obj["spec"]
        tolerations = list(spec.get("tolerations") or [])
        for key in _KEYS:
            if not any(
                t.get("key") in (key, None, "") and t.get("effect") in ("NoExecute", None, "") for t in tolerations
            ):
                tolerations.append(
                    {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": _SECONDS}
                )
        spec["tolerations"] = tolerations
