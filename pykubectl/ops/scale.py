"""Scaling by way of the scale subresource.

Source: kubectl ``pkg/scale/scale.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.cli.errors import CommandError
from pykubectl.client.resource import MERGE_PATCH
from pykubectl.machinery.errors import StatusError, is_conflict
from pykubectl.ops.changes import Deadline

if TYPE_CHECKING:
    from pykubectl.machinery.util.clock import Clock
    from pykubectl.visitor.info import Info

_RETRY = 300.0
_PAUSE = 1.0


def scale(
    info: Info,
    replicas: int,
    *,
    current: int = -1,
    version: str = "",
    dry_run: bool = False,
    timeout: float = 0.0,
    clock: Clock | None = None,
) -> None:
    """Sets the number of replicas, given that size and version are still those expected.

    With a ``timeout`` it waits until there are so many. Raises StatusError, CommandError.
    """
    write = _merge if current < 0 and not version else _replace
    deadline = Deadline(_RETRY, clock)
    while True:
        try:
            write(info, replicas, current, version, "All" if dry_run else "")
            break
        except StatusError as error:
            if not is_conflict(error):
                raise
        if not deadline.left:
            raise CommandError("context deadline exceeded")
        deadline.sleep(_PAUSE)
    if timeout and not dry_run:
        _wait(info, replicas, Deadline(timeout, clock))


def _merge(info: Info, replicas: int, current: int, version: str, dry_run: str) -> None:
    patch = {"spec": {"replicas": replicas}}
    info.client.patch(info.name, MERGE_PATCH, patch, subresource="scale", dry_run=dry_run)


def _replace(info: Info, replicas: int, current: int, version: str, dry_run: str) -> None:
    found = info.client.get_scale(info.name)
    actual = (found.get("spec") or {}).get("replicas", 0)
    if current >= 0 and actual != current:
        raise CommandError(f"Expected replicas to be {current}, was {actual}")
    if version and found["metadata"]["resourceVersion"] != version:
        raise CommandError(f"Expected resource version to be {version}, was {found['metadata']['resourceVersion']}")
    wanted = {**found, "spec": {**(found.get("spec") or {}), "replicas": replicas}}
    info.client.raw("PUT", info.name, "scale", body=wanted, params={"dryRun": dry_run or None})


def _wait(info: Info, replicas: int, deadline: Deadline) -> None:
    while True:
        found = info.client.get_scale(info.name)
        wanted, there = (found.get("spec") or {}).get("replicas", 0), (found.get("status") or {}).get("replicas", 0)
        # Somebody else may want another size by now.
        if wanted != replicas or there == replicas:
            return
        if not deadline.left:
            raise CommandError(f'timed out waiting for "{info.name}" to be synced')
        deadline.sleep(_PAUSE)
