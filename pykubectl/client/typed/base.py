"""What the generated typed clients are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pykubectl.client.resource import ResourceClient
from pykubectl.client.typed.codec import TypedCodec
from pykubectl.client.typed.registry import list_class, resource_for
from pykubectl.machinery.schema import GroupVersionResource

if TYPE_CHECKING:
    from pykubectl.client.rest import RESTClient

T = TypeVar("T")
C = TypeVar("C", bound=ResourceClient[Any, Any])


def typed_resource(rest: RESTClient, cls: type[T], namespace: str = "") -> ResourceClient[T, Any]:
    """The client of the resource whose objects are ``cls``. Raises KeyError for classes without a resource."""
    resource = resource_for(cls)
    gvr = GroupVersionResource(resource.group, resource.version, resource.plural)
    return ResourceClient(rest, gvr, TypedCodec(cls, list_class(cls)), namespace)


class GroupVersionClient:
    """Base of the clients of a group-version."""

    group = ""
    version = ""

    def __init__(self, rest: RESTClient) -> None:
        self.rest = rest

    def _make(self, client: type[C], plural: str, cls: type[Any], list_cls: type[Any], namespace: str = "") -> C:
        gvr = GroupVersionResource(self.group, self.version, plural)
        return client(self.rest, gvr, TypedCodec(cls, list_cls), namespace)
