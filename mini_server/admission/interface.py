"""Admission: what may be written, and what is changed on the way.

Source: apiserver ``pkg/admission/interfaces.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from mini_server.authn.interface import UserInfo
from mini_server.authz import interface as authz
from pykubectl.machinery.errors import StatusError, new_forbidden
from pykubectl.machinery.schema import GroupVersionKind, GroupVersionResource

Object = dict[str, Any]

CREATE, UPDATE, DELETE, CONNECT = "CREATE", "UPDATE", "DELETE", "CONNECT"


@dataclass(slots=True)
class Attributes:
    """A write that is asked for. Mutating plugins change ``obj`` in place."""

    operation: str
    gvk: GroupVersionKind
    gvr: GroupVersionResource
    subresource: str
    namespace: str
    name: str
    obj: Object | None
    old_obj: Object | None
    options: Object
    dry_run: bool
    user: UserInfo
    warn: Callable[[str], None] = lambda text: None
    # The request's own verb: an update may create.
    verb: str = ""

    def forbidden(self, reason: object) -> StatusError:
        """The refusal of this write."""
        return new_forbidden(self.gvr.group_resource, self.name, reason)


class Plugin(Protocol):
    """A plugin has a name and says which operations it looks at; `admit`, `validate` or both are up to it."""

    name: str

    def handles(self, operation: str) -> bool:
        """Whether the plugin wants to see an operation."""


class MutationPlugin(Plugin, Protocol):
    """Changes what is written."""

    async def admit(self, attributes: Attributes) -> None:
        """Changes ``attributes.obj``, or raises StatusError."""


class ValidationPlugin(Plugin, Protocol):
    """Refuses what must not be written."""

    async def validate(self, attributes: Attributes) -> None:
        """Raises StatusError to refuse."""


class Reader(Protocol):
    """What plugins read, from the watch caches."""

    async def get(self, gvr: GroupVersionResource, namespace: str, name: str) -> Object | None:
        """An object, None where it is not there. Read only."""

    async def list(self, gvr: GroupVersionResource, namespace: str = "") -> list[Object]:
        """All objects of a resource, of one namespace where that is given. Read only."""


@dataclass(frozen=True, slots=True)
class AdmissionContext:
    """What plugin factories are given."""

    reader: Reader
    # For plugins that ask for a right beside the one to write; None where nobody is asked.
    authorizer: authz.Authorizer | None = None
