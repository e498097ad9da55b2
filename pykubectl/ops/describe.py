"""Descriptions of objects, with what belongs to them read from the cluster.

Source: kubectl ``pkg/cmd/describe/describe.go``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pykubectl.client.dynamic import DynamicClient
from pykubectl.printers.describe.registry import DESCRIBERS, GENERIC, description

if TYPE_CHECKING:
    from pykubectl.client.rest import RESTClient
    from pykubectl.machinery.schema import GroupVersionResource
    from pykubectl.visitor.info import Info

Object = dict[str, Any]


class ClusterReader:
    """Reads with pages of so many objects (0: all at once)."""

    def __init__(self, rest: RESTClient, chunk_size: int) -> None:
        self._client = DynamicClient(rest)
        self._chunk_size = chunk_size

    def get(self, resource: GroupVersionResource, namespace: str, name: str) -> Object:
        """An object. Raises StatusError."""
        return self._client.resource(resource).namespace(namespace).get(name)

    def list(
        self, resource: GroupVersionResource, namespace: str, *, labels: str = "", fields: str = ""
    ) -> list[Object]:
        """Objects; ``namespace`` empty: of all. Raises StatusError."""
        client = self._client.resource(resource).namespace(namespace)
        pages = client.pages(limit=self._chunk_size, label_selector=labels, field_selector=fields)
        return [item for page in pages for item in page["items"]]

    def now(self) -> datetime:
        """This machine's time."""
        return datetime.now(UTC)


def describe(info: Info, reader: ClusterReader, *, show_events: bool) -> str:
    """The text about an object. Raises StatusError."""
    kind = info.mapping.kind
    describer = DESCRIBERS.get((kind.group, kind.kind), GENERIC)
    if describer.version in ("", kind.version):
        obj = info.object
    else:
        resource = info.mapping.resource._replace(version=describer.version)
        obj = reader.get(resource, info.namespace, info.name)
    return description(obj, reader, describer, show_events=show_events)
