"""Scaling by way of the scale subresource.

Source: kubectl ``pkg/scale/scale.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.cli.errors import CommandError
from pykubectl.machinery.errors import is_conflict

if TYPE_CHECKING:
    from pykubectl.visitor.info import Info

_ATTEMPTS = 5


def scale(info: Info, replicas: int, *, current: int = -1, version: str = "", dry_run: bool = False) -> None:
    """Sets the number of replicas, given that size and version are still those expected. Raises StatusError."""
    from pykubectl.machinery.errors import StatusError

    if current < 0 and not version:
        _merge(info, replicas, dry_run)
        return
    for attempt in range(_ATTEMPTS):
        found = info.client.get_scale(info.name)
        actual = (found.get("spec") or {}).get("replicas", 0)
        if current >= 0 and actual != current:
            raise CommandError(f"Expected replicas to be {current}, was {actual}")
        if version and found["metadata"]["resourceVersion"] != version:
            raise CommandError(f"Expected resource version to be {version}, was {found['metadata']['resourceVersion']}")
        try:
            info.client.update_scale(info.name, {**found, "spec": {"replicas": replicas}})
            return
        except StatusError as error:
            if not is_conflict(error) or attempt == _ATTEMPTS - 1:
                raise


def _merge(info: Info, replicas: int, dry_run: bool) -> None:
    info.client.patch(
        info.name,
        "application/merge-patch+json",
        {"spec": {"replicas": replicas}},
        subresource="scale",
        dry_run="All" if dry_run else "",
    )
