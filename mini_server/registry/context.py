"""What the registry must know of a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mini_server.authn.interface import UserInfo

Object = dict[str, Any]

# Validating admission: given the new and the old object (None on create or delete), raises to refuse.
Validate = Callable[[Object | None, Object | None], Awaitable[None]]


async def accept_all(obj: Object | None, old: Object | None) -> None:
    """For writes that no admission looks at."""


@dataclass(slots=True)
class RequestContext:
    """Who asks, when, in which namespace, and whether only to see what would happen."""

    user: UserInfo
    namespace: str = ""
    dry_run: bool = False
    warn: Callable[[str], None] = lambda text: None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    # The group that the request has come by, which may be another one than objects are stored in.
    served_group: str = ""


@dataclass(slots=True)
class DeleteOptions:
    """Options of a deletion; None where the request does not say."""

    grace_period_seconds: int | None = None
    propagation_policy: str | None = None
    orphan_dependents: bool | None = None
    uid: str | None = None
    resource_version: str | None = None
    dry_run: bool = False
