"""Info: an object on its way through a command.

Source: cli-runtime ``pkg/resource/visitor.go``, ``helper.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pykubectl.client.dynamic import DynamicResource
    from pykubectl.client.watch import WatchEvent
    from pykubectl.machinery.mapper import RESTMapping

Object = dict[str, Any]


class Info:
    """Which object, from where, and what is known of it. It is its own visitor.

    ``obj`` is what a file says or the server answered (a Table where tables are asked for), None before either.
    ``source`` names the file for messages. Without a client the object is not one of a server.
    """

    __slots__ = ("_client", "mapping", "name", "namespace", "obj", "source", "subresource")

    def __init__(
        self,
        client: DynamicResource | None,
        mapping: RESTMapping,
        namespace: str,
        name: str,
        obj: Object | None = None,
        source: str = "",
        subresource: str = "",
    ) -> None:
        self._client = client
        self.mapping = mapping
        self.namespace = namespace if mapping.namespaced else ""
        self.name = name
        self.obj = obj
        self.source = source
        self.subresource = subresource

    def visit(self, fn: Callable[[Info], None]) -> None:
        """Calls ``fn`` with itself."""
        fn(self)

    @property
    def namespaced(self) -> bool:
        """The object is in a namespace, or will be."""
        return self.mapping.namespaced

    def move(self, namespace: str) -> None:
        """Puts the object into a namespace."""
        self.namespace = namespace
        if self.obj is not None:
            self.obj.setdefault("metadata", {})["namespace"] = namespace

    @property
    def client(self) -> DynamicResource:
        """The client of the object's resource, in its namespace."""
        assert self._client is not None, "the object is not one of a server"
        return self._client.namespace(self.namespace)

    def get(self) -> Object:
        """Reads the object, or the subresource of it, from the server.

        Raises StatusError: that of the namespace where that is what's missing.
        """
        from pykubectl.machinery.errors import StatusError, is_not_found

        try:
            self.obj = self.client.get(self.name, subresource=self.subresource)
        except StatusError as error:
            if is_not_found(error) and self.namespace not in ("", "default"):
                self._require_namespace()
            raise
        return self.obj

    def _require_namespace(self) -> None:
        """Raises StatusError where there is no such namespace; other answers say nothing about it."""
        from pykubectl.machinery.errors import StatusError, is_not_found

        try:
            self.client.rest.get(f"/api/v1/namespaces/{self.namespace}")
        except StatusError as error:
            if is_not_found(error):
                raise

    def watch(self) -> Iterator[WatchEvent[Object]]:
        """The object's changes from now on. Raises StatusError, ConnectionError."""
        events = iter(self.client.watch(field_selector=f"metadata.name={self.name}", resource_version="0"))
        # From version 0 the server sends the object once more, as it is now.
        next(events, None)
        return events

    @property
    def object(self) -> Object:
        """The object, read from the server where it is not known."""
        return self.obj if self.obj is not None else self.get()

    @property
    def typed(self) -> Any:
        """The object as an instance of its class, read from the server where it is not known.

        Raises NotRegisteredError on kinds that are not built in, ObjectError on values that don't fit.
        """
        from pykubectl.api.scheme import builtin_codecs

        return builtin_codecs().from_content(self.object)

    @property
    def display_name(self) -> str:
        """``deployment.apps/web``: how messages name the object."""
        kind = self.mapping.kind
        group = f".{kind.group}" if kind.group else ""
        return f"{kind.kind.lower()}{group}/{self.name}"

    @property
    def resource_name(self) -> str:
        """``deployments.apps "web"``, as in errors."""
        return f'{self.mapping.resource.group_resource} "{self.name}"'
