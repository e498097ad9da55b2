"""Without ``--allow-privileged`` no container is privileged.

Source: kubernetes ``pkg/apis/core/validation/validation.go`` ValidateSecurityContext, ``pkg/capabilities``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mini_server.admission.interface import CREATE, UPDATE, Attributes
from pykubectl.machinery.errors import new_invalid
from pykubectl.machinery.validation import field
from pykubectl.machinery.validation.field import Path

Object = dict[str, Any]

_TEMPLATE = ("spec", "template", "spec")
# (group, resource) -> where the spec of pods is
_SPECS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "pods"): ("spec",),
    ("", "podtemplates"): ("template", "spec"),
    ("", "replicationcontrollers"): _TEMPLATE,
    ("apps", "daemonsets"): _TEMPLATE,
    ("apps", "deployments"): _TEMPLATE,
    ("apps", "replicasets"): _TEMPLATE,
    ("apps", "statefulsets"): _TEMPLATE,
    ("batch", "jobs"): _TEMPLATE,
    ("batch", "cronjobs"): ("spec", "jobTemplate", *_TEMPLATE),
}


class NoPrivileged:
    """Refuses privileged containers."""

    name = "NoPrivileged"

    def handles(self, operation: str) -> bool:
        """Creations and updates."""
        return operation in (CREATE, UPDATE)

    async def validate(self, attributes: Attributes) -> None:
        """Refuses with 422, as a fault of the object."""
        steps = _SPECS.get((attributes.gvr.group, attributes.gvr.resource))
        if steps is None or attributes.subresource not in ("", "ephemeralcontainers"):
            return
        spec: Any = attributes.obj
        for step in steps:
            spec = (spec or {}).get(step)
        faults = [field.forbidden(path, "disallowed by cluster policy") for path in _privileged(spec or {}, steps)]
        if faults:
            raise new_invalid(attributes.gvk.group_kind, attributes.name, faults)


def _privileged(spec: Object, steps: tuple[str, ...]) -> Iterator[Path]:
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(kind) or []):
            if (container.get("securityContext") or {}).get("privileged"):
                yield Path.new(*steps).child(kind).index(index).child("securityContext", "privileged")
