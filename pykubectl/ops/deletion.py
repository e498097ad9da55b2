"""Deleting, and waiting until what was deleted is gone.

Source: kubectl ``pkg/cmd/delete/delete.go``, ``pkg/cmd/wait/delete.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pykubectl.cli.errors import CommandError
from pykubectl.machinery.errors import StatusError, is_not_found
from pykubectl.ops.changes import WEEK, Deadline, states

if TYPE_CHECKING:
    from pykubectl.machinery.util.clock import Clock
    from pykubectl.visitor.info import Info

Object = dict[str, Any]


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


def wait_until_gone(deleted: list[Deleted], timeout: float, clock: Clock | None = None) -> None:
    """Returns when all objects are gone, or others of the same name are there; ``timeout`` 0: after a week at most.

    Raises CommandError when the time is over. Whoever may not look doesn't wait.
    """
    deadline = Deadline(max(timeout, 0.0) or (0.0 if timeout else WEEK), clock)
    try:
        for entry in deleted:
            _wait(entry, deadline)
    except StatusError as error:
        if error.reason not in ("Forbidden", "MethodNotAllowed"):
            raise


def _wait(entry: Deleted, deadline: Deadline) -> None:
    info = entry.info
    try:
        current = info.client.get(info.name)
    except StatusError as error:
        if is_not_found(error):
            return
        raise
    if _is_another(current, entry.uid):
        return
    if deadline.left:
        for state in states(info, deadline):
            if state is None or _is_another(state, entry.uid):
                return
    raise CommandError(f"timed out waiting for the condition on {info.mapping.resource.resource}/{info.name}")


def _is_another(obj: Object, uid: str) -> bool:
    return bool(uid) and obj["metadata"].get("uid") != uid
