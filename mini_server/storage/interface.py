"""API objects over the key-value store: one Protocol, met by the store itself and by the watch cache before it.

* Objects are plain dicts. **A dict handed in belongs to the store, a dict handed out is read-only**: copy it to change
  it.
* Every object is kept as the JSON bytes that are served (`Item.raw`); nothing is decoded to be encoded again.
* All refusals are `StatusError`s with the API server's own texts.
* A write is visible to every read and watch through the same store when its call returns.

Source of rules: apiserver ``pkg/storage/interfaces.go``, ``pkg/storage/selection_predicate.go``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from mini_server.storage.item import Item
from pykubectl.machinery import fields as fieldselector
from pykubectl.machinery import labels as labelselector

Object = dict[str, Any]
EventType = Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]

# resourceVersionMatch
EXACT = "Exact"
NOT_OLDER_THAN = "NotOlderThan"

INITIAL_EVENTS_END = "k8s.io/initial-events-end"


class Attributes(NamedTuple):
    """What selectors look at."""

    labels: Mapping[str, str]
    fields: Mapping[str, str]


GetAttributes = Callable[[Object], Attributes]


def default_attributes(obj: Object) -> Attributes:
    """Labels, and the two fields every kind can be selected by."""
    metadata = obj.get("metadata") or {}
    fields = {"metadata.name": metadata.get("name", "")}
    if metadata.get("namespace"):
        fields["metadata.namespace"] = metadata["namespace"]
    return Attributes(metadata.get("labels") or {}, fields)


@dataclass(frozen=True, slots=True)
class Predicate:
    """Which objects are wanted."""

    labels: labelselector.Selector = field(default_factory=labelselector.everything)
    fields: fieldselector.Selector = field(default_factory=fieldselector.everything)
    get_attrs: GetAttributes = default_attributes

    @property
    def empty(self) -> bool:
        """Every object is wanted."""
        return self.labels.empty and self.fields.empty

    def matches(self, attributes: Attributes) -> bool:
        """Whether an object with these attributes is wanted."""
        return self.labels.matches(attributes.labels) and self.fields.matches(attributes.fields)


EVERYTHING = Predicate()


class Preconditions(NamedTuple):
    """What must be true of the stored object for a write to happen; None asks nothing."""

    uid: str | None = None
    resource_version: str | None = None


class ListResult(NamedTuple):
    """A page of a list. ``remaining`` is None where it is not known (selectors) or nothing remains."""

    items: list[Item]
    revision: int
    continue_token: str = ""
    remaining: int | None = None


class StorageEvent:
    """One change as a watcher sees it. Shared by all watchers that see it alike, so encoded once."""

    __slots__ = ("_encoded", "item", "type")

    def __init__(self, type: EventType, item: Item) -> None:
        self.type: EventType = type
        self.item = item
        self._encoded: dict[str, bytes] = {}

    @property
    def line(self) -> bytes:
        """The event as JSON with a line end, as it is sent: ``{"type":"ADDED","object":{...}}``."""
        return self.encoded("json", _json_line)

    def encoded(self, form: str, encode: Callable[[StorageEvent], bytes]) -> bytes:
        """The event in another form (a Table row, another version); each form is encoded once for all watchers."""
        data = self._encoded.get(form)
        if data is None:
            data = self._encoded[form] = encode(self)
        return data

    def __repr__(self) -> str:
        return f"StorageEvent({self.type}, {self.item!r})"


def _json_line(event: StorageEvent) -> bytes:
    return b"".join((b'{"type":"', event.type.encode(), b'","object":', event.item.raw, b"}\n"))


class Watcher(Protocol):
    """A running watch. Iterate over events, or take them in batches (one write to the client each).

    It ends without an error when it is cancelled, when its time is over or when it did not keep up: the client
    watches again. A StatusError raised while it is read is to be sent as an ERROR event.
    """

    async def batch(self) -> list[StorageEvent]:
        """The events there are, at least one; empty where the watch has ended."""

    def __aiter__(self) -> AsyncIterator[StorageEvent]: ...

    async def __anext__(self) -> StorageEvent: ...

    def cancel(self) -> None:
        """Ends the watch. May be called again."""


# Gives the new object, or None to leave the stored one alone. Called again when the object has changed meanwhile;
# may be a coroutine function. Whatever it raises ends the update.
Update = Callable[[Item | None], Object | Awaitable[Object | None] | None]
# Raises to refuse a deletion.
ValidateDeletion = Callable[[Item], Awaitable[None] | None]


class Store(Protocol):
    """The objects of one resource. Keys: ``/registry/<resource>/<namespace>/<name>``.

    A prefix that ends in ``/`` means all objects below it, any other one is the key of a single object.
    """

    async def create(self, key: str, obj: Object, ttl: int = 0) -> Item:
        """Stores a new object, for ``ttl`` seconds where that is not 0. AlreadyExists."""

    async def get(self, key: str, resource_version: str = "") -> Item:
        """An object, at least as new as the resource version. NotFound, Timeout (too large resource version)."""

    async def list(
        self,
        prefix: str,
        predicate: Predicate = EVERYTHING,
        resource_version: str = "",
        match: str = "",
        limit: int = 0,
        continue_token: str = "",
    ) -> ListResult:
        """Objects in the order of their keys. BadRequest (token, resource version), Expired, Timeout."""

    async def guaranteed_update(
        self,
        key: str,
        update: Update,
        preconditions: Preconditions | None = None,
        *,
        ignore_not_found: bool = False,
        ttl: int = 0,
    ) -> Item:
        """Changes an object; nothing is written where that makes no difference.

        With ``ignore_not_found`` the update gets None for a missing object and creates it. NotFound, Conflict.
        """

    async def delete(
        self, key: str, preconditions: Preconditions | None = None, validate: ValidateDeletion | None = None
    ) -> Item:
        """Removes an object; gives its last state with the resource version of the deletion. NotFound, Conflict."""

    async def watch(
        self,
        prefix: str,
        predicate: Predicate = EVERYTHING,
        resource_version: str = "",
        *,
        send_initial_events: bool | None = None,
        bookmarks: bool = False,
        timeout: float | None = None,
    ) -> Watcher:
        """Changes after a resource version; "" and "0": what there is (as ADDED), then changes.

        The watch ends by itself after ``timeout`` seconds; a bookmark comes just before.
        """

    async def count(self) -> int:
        """How many objects there are."""

    async def current_revision(self) -> int:
        """The newest resource version."""
