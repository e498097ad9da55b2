"""Selector: the objects of a resource that match, as the server lists them.

Source: cli-runtime ``pkg/resource/selector.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pykubectl.visitor.info import Info

if TYPE_CHECKING:
    from pykubectl.client.dynamic import DynamicResource
    from pykubectl.client.watch import Watch
    from pykubectl.machinery.errors import StatusError
    from pykubectl.machinery.mapper import RESTMapping

Object = dict[str, Any]


class Selector:
    """Lists in pages while it is visited. A page that is a Table is visited as one object.

    ``resource_version`` is that of the last page: a watch from there misses nothing.
    """

    def __init__(
        self, client: DynamicResource, mapping: RESTMapping, namespace: str, labels: str, fields: str, chunk: int
    ) -> None:
        self._client = client
        self.mapping = mapping
        self.namespace = namespace if mapping.namespaced else ""
        self.labels = labels
        self.fields = fields
        self._chunk = chunk
        self.resource_version = ""

    def visit(self, fn: Callable[[Info], None]) -> None:
        """Raises StatusError where the server refuses the list."""
        from pykubectl.machinery.errors import StatusError

        pages = self.client.pages(limit=self._chunk, label_selector=self.labels, field_selector=self.fields)
        while True:
            try:
                page = next(pages, None)
            except StatusError as error:
                raise self._explained(error) from None
            if page is None:
                return
            self.resource_version = (page.get("metadata") or {}).get("resourceVersion", "")
            for info in self._infos(page):
                fn(info)

    def watch(self) -> Watch[Object]:
        """The changes since the last page. Raises StatusError, ConnectionError."""
        return self.client.watch(
            label_selector=self.labels, field_selector=self.fields, resource_version=self.resource_version
        )

    @property
    def client(self) -> DynamicResource:
        """The client of the resource, in the namespace."""
        return self._client.namespace(self.namespace) if self.namespace else self._client

    def _infos(self, page: Object) -> list[Info]:
        if page.get("kind") == "Table":
            return [Info(self._client, self.mapping, self.namespace, "", page)]
        kind = {"apiVersion": self.mapping.kind.api_version, "kind": self.mapping.kind.kind}
        objects: list[Object] = [{**kind, **item} for item in page.get("items") or []]
        return [
            Info(self._client, self.mapping, obj["metadata"].get("namespace", ""), obj["metadata"]["name"], obj)
            for obj in objects
        ]

    def _explained(self, error: StatusError) -> StatusError:
        """The error, with what was asked for where the server found fault with that."""
        from pykubectl.machinery.errors import StatusError
        from pykubectl.machinery.gostrings import quote

        if error.reason not in ("BadRequest", "NotFound"):
            return error
        group, version, resource = self.mapping.resource
        what = f'"{group}/{version}, Resource={resource}"'
        asked = f"Unable to list {what}"
        if self.labels or self.fields:
            wanted = f"label selector {quote(self.labels)}, field selector {quote(self.fields)}"
            asked = f"Unable to find {what} that match {wanted}"
        return StatusError.from_status({**error.status, "message": f"{asked}: {error.message}"})
