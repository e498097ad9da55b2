"""What controllers are given: a client, shared informers, an event recorder, a clock.

The Protocols here are all that a controller asks of the client library, so that tests play the API server with a
plain object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.util.clock import Clock

Object = dict[str, Any]


class Client(Protocol):
    """Writes and uncached reads. Raises StatusError where the API server refuses."""

    def get(self, gvr: GroupVersionResource, namespace: str, name: str) -> Object:
        """One object, straight from the API server."""

    def list(self, gvr: GroupVersionResource, namespace: str = "") -> list[Object]:
        """All objects of a resource, straight from the API server."""

    def create(self, gvr: GroupVersionResource, namespace: str, obj: Object) -> Object:
        """Creates and returns the object as stored."""

    def update(self, gvr: GroupVersionResource, obj: Object, subresource: str = "") -> Object:
        """Replaces the object, or one of its subresources, and returns it as stored."""

    def merge_patch(self, gvr: GroupVersionResource, namespace: str, name: str, patch: Object) -> Object:
        """Applies a JSON merge patch and returns the object as stored."""

    def strategic_patch(self, gvr: GroupVersionResource, namespace: str, name: str, patch: Object) -> Object:
        """Applies a strategic merge patch and returns the object as stored."""

    def delete(
        self,
        gvr: GroupVersionResource,
        namespace: str,
        name: str,
        *,
        uid: str | None = None,
        resource_version: str | None = None,
        propagation: str | None = None,
        grace_seconds: int | None = None,
    ) -> None:
        """Deletes, given that uid and resource version are still those where they are named."""

    def delete_collection(self, gvr: GroupVersionResource, namespace: str) -> None:
        """Deletes everything of a resource in a namespace."""

    def deletable_resources(self) -> Iterable[DeletableResource]:
        """The preferred version of every resource that can be listed, watched and deleted, from discovery."""


@dataclass(frozen=True, slots=True)
class DeletableResource:
    """A resource from discovery, with what the garbage collector and the namespace controller ask of it."""

    gvr: GroupVersionResource
    kind: str
    namespaced: bool
    verbs: frozenset[str]


class Informer(Protocol):
    """A cache of one resource. Objects in it are shared and must not be changed."""

    def add_event_handler(
        self,
        on_add: Callable[[Object], None],
        on_update: Callable[[Object, Object], None],
        on_delete: Callable[[Object], None],
    ) -> None:
        """Calls the functions from the informer's thread, in order per object; the last known state on deletion.

        Only before the informers are started.
        """

    def list(self, namespace: str = "") -> list[Object]:
        """Everything known, of one namespace where that is given."""

    def get(self, namespace: str, name: str) -> Object | None:
        """One object, None where it is not known."""


class Monitor(Protocol):
    """Tells of all objects of a resource."""

    @property
    def synced(self) -> bool:
        """Whether all that there were at the beginning has been told of, or is about to be."""

    def stop(self) -> None:
        """Tells of nothing more."""


class Recorder(Protocol):
    """Records events; never blocks."""

    def event(self, obj: Object, kind: str, reason: str, message: str) -> None:
        """``kind`` is Normal or Warning."""


@dataclass(slots=True)
class ControllerContext:
    """Shared by all controllers of a manager. ``informer`` gives the same informer for the same resource.

    ``monitor`` calls the one function with each object that is new or changed, the other with each that is gone; of
    those it promises the name, the namespace and the uid.
    """

    client: Client
    informer: Callable[[GroupVersionResource], Informer]
    monitor: Callable[[GroupVersionResource, Callable[[Object], None], Callable[[Object], None]], Monitor]
    recorder: Callable[[str], Recorder]
    clock: Clock
    root_ca: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
