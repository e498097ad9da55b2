"""Clients of any resource, with dicts as objects.

Source: client-go ``dynamic/simple.go``, ``metadata/metadata.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pykubectl.client.resource import PARTIAL_METADATA, PARTIAL_METADATA_LIST, TABLE, ResourceClient

if TYPE_CHECKING:
    from pykubectl.client.rest import RESTClient, Result
    from pykubectl.client.transport.interface import Response
    from pykubectl.client.watch import WatchEvent
    from pykubectl.machinery.schema import GroupVersionResource

    Object = dict[str, Any]


class DictCodec:
    """JSON to dicts and back. The dicts belong to the caller."""

    def decode(self, data: bytes) -> Object:
        """One object."""
        from pykubectl.machinery.codecs import json

        obj: Object = json.loads(data)
        return obj

    decode_list = decode

    def encode(self, obj: Any) -> bytes:
        """JSON of a dict."""
        from pykubectl.machinery.codecs import json

        data: bytes = json.dumps(obj)
        return data

    def decode_event(self, line: bytes) -> WatchEvent[Object]:
        """A watch event; raises StatusError for one of type ERROR."""
        from pykubectl.client.watch import ERROR, WatchEvent

        event = self.decode(line)
        if event["type"] == ERROR:
            from pykubectl.machinery.errors import StatusError

            raise StatusError.from_status(event["object"])
        return WatchEvent(event["type"], event["object"])


class DynamicResource(ResourceClient["Object", "Object"]):
    """A resource whose objects are dicts."""


class MetadataResource(ResourceClient["Object", "Object"]):
    """A resource of which only metadata is read: objects are PartialObjectMetadata."""

    get_accept = PARTIAL_METADATA + ",application/json"
    list_accept = PARTIAL_METADATA_LIST + ",application/json"


class TableResource(DynamicResource):
    """A resource of which the server's Tables are read: of one object, of a list, of each event of a watch.

    A server that makes no tables answers with the objects. Source: kubectl ``pkg/cmd/get/get.go`` transformRequests.
    """

    get_accept = list_accept = TABLE

    def __init__(self, rest: RESTClient, gvr: GroupVersionResource, include_objects: str = "") -> None:
        super().__init__(rest, gvr, DictCodec())
        self._include_objects = include_objects

    def _send(self, verb: str, name: str, subresource: str, params: dict[str, Any], *rest: Any, **named: Any) -> Result:
        params["includeObject"] = self._include_objects or None
        return super()._send(verb, name, subresource, params, *rest, **named)

    def _stream(self, verb: str, path: str, params: dict[str, Any], accept: str) -> Response:
        params["includeObject"] = self._include_objects or None
        return super()._stream(verb, path, params, accept)


class DynamicClient:
    """``DynamicClient(rest).resource(gvr).namespace("ns").get("x")``."""

    def __init__(self, rest: RESTClient) -> None:
        self.rest = rest

    def resource(self, gvr: GroupVersionResource) -> DynamicResource:
        """The resource in all namespaces; narrow it by ``.namespace()``."""
        return DynamicResource(self.rest, gvr, DictCodec())


class TableClient:
    """As :class:`DynamicClient`, but reads tables; ``include_objects``: ``Object`` for whole objects in their rows."""

    def __init__(self, rest: RESTClient, include_objects: str = "") -> None:
        self.rest = rest
        self._include_objects = include_objects

    def resource(self, gvr: GroupVersionResource) -> TableResource:
        """The resource in all namespaces; narrow it by ``.namespace()``."""
        return TableResource(self.rest, gvr, self._include_objects)


class MetadataClient:
    """As :class:`DynamicClient`, but reads metadata only; for collectors that look at everything."""

    def __init__(self, rest: RESTClient) -> None:
        self.rest = rest

    def resource(self, gvr: GroupVersionResource) -> MetadataResource:
        """The resource in all namespaces; narrow it by ``.namespace()``."""
        return MetadataResource(self.rest, gvr, DictCodec())
