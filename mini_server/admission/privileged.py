"""Without ``--allow-privileged`` no container is privileged.

Source: kubernetes ``pkg/apis/core/validation/validation.go`` ValidateSecurityContext, ``pkg/capabilities``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mini_server.admission.interface import CREATE, UPDATE, Attributes
from mini_server.admission.pod_templates import pod_in, pod_path
from pykubectl.machinery.errors import new_invalid
from pykubectl.machinery.validation import field
from pykubectl.machinery.validation.field import Path

Object = dict[str, Any]


class NoPrivileged:
    """Refuses privileged containers."""

    name = "NoPrivileged"

    def handles(self, operation: str) -> bool:
        """Creations and updates."""
        return operation in (CREATE, UPDATE)

    async def validate(self, attributes: Attributes) -> None:
        """Refuses with 422, as a fault of the object."""
        path = pod_path(attributes)
        if path is None or attributes.subresource not in ("", "ephemeralcontainers"):
            return
        spec = pod_in(attributes.obj, path).get("spec") or {}
        where = Path.new(*path, "spec")
        faults = [field.forbidden(found, "disallowed by cluster policy") for found in _privileged(spec, where)]
        if faults:
            raise new_invalid(attributes.gvk.group_kind, attributes.name, faults)


def _privileged(spec: Object, where: Path) -> Iterator[Path]:
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(kind) or []):
            if (container.get("securityContext") or {}).get("privileged"):
                yield where.child(kind).index(index).child("securityContext", "privileged")
