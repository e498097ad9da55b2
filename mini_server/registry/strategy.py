"""How a resource differs from others: one strategy each, most of them this generic one.

Source: apiserver ``pkg/registry/rest`` RESTCreateStrategy, RESTUpdateStrategy, RESTDeleteStrategy.
"""

from __future__ import annotations

from typing import Any

from mini_server.registry.context import DeleteOptions, RequestContext
from mini_server.registry.fields import attributes_function
from mini_server.storage.interface import GetAttributes
from pykubectl.api.resources import Resource
from pykubectl.machinery.schema import GroupVersionResource

Object = dict[str, Any]

# PUT on a name that is not there creates the object for these only.
_CREATE_ON_UPDATE = frozenset(
    (
        "services",
        "endpoints",
        "events",
        "leases",
        "limitranges",
        "runtimeclasses",
        "roles",
        "rolebindings",
        "clusterroles",
        "clusterrolebindings",
    )
)
# Objects without spec whose other fields count as one, or that keep no generation at all.
_WITHOUT_GENERATION = frozenset(
    (
        "configmaps",
        "secrets",
        "events",
        "endpoints",
        "leases",
        "limitranges",
        "resourcequotas",
        "namespaces",
        "nodes",
        "persistentvolumes",
        "persistentvolumeclaims",
        "podtemplates",
        "serviceaccounts",
        "services",
        "controllerrevisions",
        "apiservices",
        "certificatesigningrequests",
        "ipaddresses",
        "servicecidrs",
        "roles",
        "rolebindings",
        "clusterroles",
        "clusterrolebindings",
        "csidrivers",
        "csinodes",
        "csistoragecapacities",
        "storageclasses",
        "volumeattachments",
        "volumeattributesclasses",
        "runtimeclasses",
        "horizontalpodautoscalers",
        "resourceclaims",
        "resourceclaimtemplates",
    )
)


class Strategy:
    """The rules that follow from the resource table. Objects given to it may be changed."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.has_status = resource.subresource("status") is not None
        self.keeps_generation = resource.plural not in _WITHOUT_GENERATION
        self.allow_create_on_update = resource.plural in _CREATE_ON_UPDATE
        self.attributes: GetAttributes = attributes_function(resource)

    def prepare_for_create(self, context: RequestContext, obj: Object) -> None:
        """Drops what a client cannot set: the status."""
        if self.has_status:
            obj.pop("status", None)

    def prepare_for_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """The status is changed by its subresource only."""
        if self.has_status:
            _take(obj, old, "status")

    def prepare_for_status_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """Everything but the status stays, of the metadata all but labels, annotations and finalizers alike."""
        for name in set(obj) | set(old):
            if name not in ("status", "metadata", "apiVersion", "kind"):
                _take(obj, old, name)

    def canonicalize(self, obj: Object) -> None:
        """Last changes before an object is stored."""

    def default_grace_period(self, obj: Object, options: DeleteOptions) -> int | None:
        """Seconds an object gets to end gracefully, None for resources that are deleted at once."""
        return None

    def blocks_deletion(self, obj: Object) -> bool:
        """Whether something other than metadata's finalizers keeps a deleted object."""
        return False

    def begin_deletion(self, obj: Object) -> None:
        """Called on an object that is being marked as deleted."""

    async def after_create(self, obj: Object) -> None:
        """Called when an object has been stored."""

    async def begin_create(self, context: RequestContext, obj: Object) -> None:
        """Takes what must be unique (addresses, ports) for a new object. `abort` gives it back."""

    async def begin_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """As `begin_create`, for an update."""

    async def abort(self, obj: Object, old: Object | None) -> None:
        """The write that was begun has failed."""

    async def after_delete(self, obj: Object) -> None:
        """Called when an object is gone for good."""


def _take(obj: Object, old: Object, name: str) -> None:
    if name in old:
        obj[name] = old[name]
    else:
        obj.pop(name, None)


def storage_prefix(gvr: GroupVersionResource) -> str:
    """``/registry/apps/deployments``, ``/registry/pods``: below it come namespace and name."""
    return f"/registry/{gvr.group}/{gvr.resource}" if gvr.group else f"/registry/{gvr.resource}"
