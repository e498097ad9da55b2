"""Who makes a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

ANONYMOUS = "system:anonymous"
AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"
MASTERS = "system:masters"


@dataclass(frozen=True, slots=True)
class UserInfo:
    """Name, uid, groups and further attributes of a user. Source: apiserver ``pkg/authentication/user``."""

    name: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """As ``UserInfo`` of authentication.k8s.io, without what is empty."""
        found: dict[str, object] = {"username": self.name}
        if self.uid:
            found["uid"] = self.uid
        if self.groups:
            found["groups"] = list(self.groups)
        if self.extra:
            found["extra"] = {key: list(values) for key, values in self.extra.items()}
        return found


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brings along: the Authorization header, and the client certificate (DER) of its connection."""

    authorization: str = ""
    certificate: bytes | None = None


class InvalidCredentials(Exception):
    """Credentials were brought, and they are wrong."""


class Authenticator(Protocol):
    """One way of telling who someone is."""

    def authenticate(self, credentials: Credentials) -> UserInfo | None:
        """The user; None where there is nothing in the credentials for this way. Raises InvalidCredentials."""
