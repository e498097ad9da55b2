"""Typed objects on the wire."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import Any, cast

import msgspec

from pykubectl.client.watch import ERROR, WatchEvent


class _RawEvent(msgspec.Struct):
    type: str
    object: msgspec.Raw


_events = msgspec.json.Decoder(_RawEvent)


@cache
def _decoder(cls: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(cast("type[Any]", cls))


def decode(data: bytes | msgspec.Raw, cls: type[Any]) -> Any:
    """JSON as an object of the class; null is taken as left out, as Go takes it. Raises ValueError."""
    try:
        return _decoder(cast("Hashable", cls)).decode(data)
    except msgspec.ValidationError:
        return msgspec.convert(_without_nulls(msgspec.json.decode(data)), cls)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


class TypedCodec:
    """JSON to objects of one class, and lists of another."""

    def __init__(self, cls: type[Any], list_cls: type[Any]) -> None:
        self.cls = cls
        self.list_cls = list_cls

    def decode(self, data: bytes) -> Any:
        """One object."""
        return decode(data, self.cls)

    def decode_list(self, data: bytes) -> Any:
        """A list object."""
        return decode(data, self.list_cls)

    def encode(self, obj: Any) -> bytes:
        """JSON of an object or a dict."""
        return msgspec.json.encode(obj)

    def decode_event(self, line: bytes) -> WatchEvent[Any]:
        """A watch event; raises StatusError for one of type ERROR."""
        event = _events.decode(line)
        if event.type == ERROR:
            from pykubectl.machinery.errors import StatusError

            raise StatusError.from_status(msgspec.json.decode(event.object))
        return WatchEvent(event.type, decode(event.object, self.cls))
