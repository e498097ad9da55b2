"""Typed clients of all groups.

``Clientset(rest).core_v1.pods("ns").get("x")`` is a ``core_v1.Pod``;
``clientset.resource(core_v1.Pod, "ns")`` is the same client, found by the class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pykubectl.client.typed.base import typed_resource
from pykubectl.client.typed.generated import GeneratedClientset

if TYPE_CHECKING:
    from pykubectl.client.config.rest_config import RESTConfig
    from pykubectl.client.resource import ResourceClient

T = TypeVar("T")


class Clientset(GeneratedClientset):
    """Give it the program's one RESTClient; thread-safe."""

    @classmethod
    def for_config(cls, config: RESTConfig) -> Clientset:
        """A client set with a RESTClient of its own."""
        from pykubectl.client.rest import RESTClient

        return cls(RESTClient.for_config(config))

    def resource(self, cls: type[T], namespace: str = "") -> ResourceClient[T, Any]:
        """The client of the resource whose objects are ``cls``. Raises KeyError for classes without a resource."""
        return typed_resource(self.rest, cls, namespace)
