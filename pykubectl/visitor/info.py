"""Info: an object on its way through a command.

Source: cli-runtime ``pkg/resource/visitor.go``, ``helper.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pykubectl.client.dynamic import DynamicResource
    from pykubectl.client.rest import RESTClient
    from pykubectl.machinery.mapper import RESTMapping

Object = dict[str, Any]


class Info:
    """Which object, from where, and what is known of it.

    ``obj`` is what a file says or the server answered, None before either. ``source`` names the file for messages.
    """

    __slots__ = ("_rest", "mapping", "name", "namespace", "obj", "source")

    def __init__(
        self,
        rest: RESTClient,
        mapping: RESTMapping,
        namespace: str,
        name: str,
        obj: Object | None = None,
        source: str = "",
    ) -> None:
        self._rest = rest
        self.mapping = mapping
        self.namespace = namespace if mapping.namespaced else ""
        self.name = name
        self.obj = obj
        self.source = source

    @property
    def client(self) -> DynamicResource:
        """The client of the object's resource, in its namespace."""
        from pykubectl.client.dynamic import DynamicClient

        return DynamicClient(self._rest).resource(self.mapping.resource).namespace(self.namespace)

    def get(self, subresource: str = "") -> Object:
        """Reads the object, or a subresource of it, from the server. Raises StatusError."""
        self.obj = self.client.get(self.name, subresource=subresource)
        return self.obj

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
