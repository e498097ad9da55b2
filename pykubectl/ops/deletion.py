"""Deleting, and waiting until what was deleted is gone.

Source: kubectl ``pkg/cmd/delete/delete.go``, ``pkg/cmd/wait/delete.go``.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from pykubectl.cli.errors import CommandError
from pykubectl.machinery.codecs import json
from pykubectl.machinery.errors import StatusError, is_not_found

if TYPE_CHECKING:
    from pykubectl.visitor.info import Info

Object = dict[str, Any]

# "For ever", as kubectl has it: a week.
_LONGEST = 168 * 3600.0


class Deleted(NamedTuple):
    """An object whose deletion was asked for, with its uid where that is known."""

    info: Info
    uid: str


def delete(info: Info, mode: str, grace: int, policy: str) -> Deleted:
    """Asks for a deletion. Raises StatusError."""
    if mode == "client":
        return Deleted(info, "")
    answer = info.client.delete(
        info.name,
        grace_period_seconds=grace if grace >= 0 else None,
        propagation_policy=policy,
        dry_run="All" if mode == "server" else "",
    )
    if answer.get("kind") == "Status":
        return Deleted(info, (answer.get("details") or {}).get("uid", ""))
    return Deleted(info, (answer.get("metadata") or {}).get("uid", ""))


def wait_until_gone(deleted: list[Deleted], timeout: float) -> None:
    """Returns when all objects are gone, or others of the same name are there. Raises CommandError on a time-out."""
    deadline = time.monotonic() + (timeout or _LONGEST)
    for entry in deleted:
        _wait(entry, deadline)


def _wait(entry: Deleted, deadline: float) -> None:
    info = entry.info
    while True:
        try:
            current = info.client.get(info.name)
        except StatusError as error:
            if is_not_found(error):
                return
            raise
        if entry.uid and current["metadata"].get("uid") != entry.uid:
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise CommandError(f"timed out waiting for the condition on {info.mapping.resource.resource}/{info.name}")
        if _watch_until_deleted(info, current["metadata"]["resourceVersion"], left):
            return


def _watch_until_deleted(info: Info, version: str, seconds: float) -> bool:
    """True where the deletion was seen; False where the watch ended before."""
    params: dict[str, Any] = {
        "fieldSelector": f"metadata.name={info.name}",
        "resourceVersion": version,
        "watch": True,
        "timeoutSeconds": max(1, int(min(seconds, 300))),
    }
    response = info.client.rest.stream("GET", info.client.path(), params=params)
    try:
        for line in response.lines():
            if line and json.loads(line)["type"] in ("DELETED", "ERROR"):
                return bool(json.loads(line)["type"] == "DELETED")
    finally:
        response.close()
    return False
