"""Typed objects on the wire."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from pykubectl.client.watch import ERROR, WatchEvent
from pykubectl.machinery import scheme

T = TypeVar("T")
L = TypeVar("L")


class _RawEvent(msgspec.Struct):
    type: str
    object: msgspec.Raw


_events = msgspec.json.Decoder(_RawEvent)


class TypedCodec:
    """JSON to objects of one class, and lists of another."""

    def __init__(self, cls: type[Any], list_cls: type[Any]) -> None:
        self.cls = cls
        self.list_cls = list_cls

    def decode(self, data: bytes) -> Any:
        """One object."""
        return scheme.decode(data, self.cls)

    def decode_list(self, data: bytes) -> Any:
        """A list object."""
        return scheme.decode(data, self.list_cls)

    def encode(self, obj: Any) -> bytes:
        """JSON of an object or a dict."""
        return msgspec.json.encode(obj) if isinstance(obj, dict) else scheme.encode(obj)

    def decode_event(self, line: bytes) -> WatchEvent[Any]:
        """A watch event; raises StatusError for one of type ERROR."""
        event = _events.decode(line)
        if event.type == ERROR:
            from pykubectl.machinery.errors import StatusError

            raise StatusError.from_status(msgspec.json.decode(event.object))
        return WatchEvent(event.type, self.decode(bytes(event.object)))
