"""What somebody wants to do, and whether they may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NamedTuple, Protocol

from mini_server.authn.interface import UserInfo

_NO_FIELDS: Mapping[str, str] = {}


class Attributes(NamedTuple):
    """A question to an authorizer. Source: apiserver ``pkg/authorization/authorizer/interfaces.go``."""

    user: UserInfo
    verb: str
    namespace: str = ""
    api_group: str = ""
    api_version: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    resource_request: bool = True
    path: str = ""
    # The values that a field selector asks for exactly.
    fields: Mapping[str, str] = _NO_FIELDS

    @property
    def resource_and_subresource(self) -> str:
        """``pods/log``, as rules name it."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


class Decision(Enum):
    """An authorizer allows, denies for good, or has nothing to say."""

    ALLOW = "allow"
    DENY = "deny"
    NO_OPINION = "no opinion"


class Authorizer(Protocol):
    """Decides. Synchronous: everything it needs is in memory."""

    def authorize(self, attributes: Attributes) -> tuple[Decision, str]:
        """The decision and its reason."""

    def rules_for(self, user: UserInfo, namespace: str) -> Rules:
        """What a user may do in a namespace, for SelfSubjectRulesReview."""


class ResourceRule(NamedTuple):
    """What may be done with resources, as SelfSubjectRulesReview lists it."""

    verbs: Sequence[str]
    api_groups: Sequence[str]
    resources: Sequence[str]
    resource_names: Sequence[str] = ()


class NonResourceRule(NamedTuple):
    """What may be done with paths."""

    verbs: Sequence[str]
    paths: Sequence[str]


class Rules(NamedTuple):
    """What a user may do in a namespace; where that is not all, it is ``incomplete`` and ``error`` says why."""

    resources: Sequence[ResourceRule] = ()
    paths: Sequence[NonResourceRule] = ()
    incomplete: bool = False
    error: str = ""
