"""How a resource differs from others: one strategy each, most of them this generic one.

Source: apiserver ``pkg/registry/rest`` RESTCreateStrategy, RESTUpdateStrategy, RESTDeleteStrategy.
"""

from __future__ import annotations

from typing import Any

from mini_server.apis.status import empty_status
from mini_server.registry import meta, traits
from mini_server.registry.context import DeleteOptions, RequestContext
from mini_server.registry.fields import attributes_function
from mini_server.storage.interface import GetAttributes
from pykubectl.api.resources import Resource
from pykubectl.machinery.validation.field import ErrorList

Object = dict[str, Any]

# What a write of the status can change elsewhere, unless the resource forbids that.
_STATUS_METADATA = ("labels", "annotations", "finalizers", "ownerReferences")


class Strategy:
    """The rules that follow from the resource table. Objects given to it may be changed."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.has_status = resource.subresource("status") is not None
        self.keeps_generation = resource.plural not in traits.WITHOUT_GENERATION
        self.counts_generations = self.keeps_generation and resource.plural not in traits.FIRST_GENERATION_ONLY
        self.allow_create_on_update = resource.plural in traits.CREATE_ON_UPDATE
        self.allow_unconditional_update = resource.plural not in traits.CONDITIONAL_UPDATE
        self.returns_deleted = resource.plural in traits.RETURNS_DELETED
        self._status_keeps_metadata = resource.plural in traits.STATUS_KEEPS_METADATA
        # Dependents of a deleted object are orphaned where the request does not say what is to become of them.
        self.orphans_by_default = resource.plural in traits.ORPHANS_BY_DEFAULT
        # Objects are marked as deleted before they go, however short the time is that they get.
        self.ends_gracefully = False
        # The first deletion only marks, however little there is to wait for; the next one, or an update, ends it.
        self.stays_marked = False
        self.attributes: GetAttributes = attributes_function(resource)

    def prepare_for_create(self, context: RequestContext, obj: Object) -> None:
        """Drops what a client cannot set: the status is an empty one."""
        if self.has_status:
            status = empty_status(self.resource.gvk)
            if status is None:
                obj.pop("status", None)
            else:
                obj["status"] = status

    def validate(self, context: RequestContext, obj: Object) -> ErrorList:
        """Faults of a new object beside those of its kind, where the request itself counts."""
        return []

    def validate_update(self, context: RequestContext, obj: Object, old: Object) -> ErrorList:
        """As `validate`, for a change of what is wanted."""
        return []

    def prepare_for_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """The status is changed by its subresource only."""
        if self.has_status:
            take(obj, old, "status")

    def prepare_for_status_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """Everything but the status stays; for some resources the metadata too."""
        if self._status_keeps_metadata:
            for name in _STATUS_METADATA:
                take(obj["metadata"], old["metadata"], name)
        for name in set(obj) | set(old):
            if name not in ("status", "metadata", "apiVersion", "kind"):
                take(obj, old, name)

    def prepare_for_approval(self, context: RequestContext, obj: Object, old: Object) -> None:
        """For resources that somebody else than their controller decides on."""

    def is_new_generation(self, obj: Object, old: Object) -> bool:
        """Whether an update, other than one of the status, changes what is wanted."""
        return meta.spec_changed(obj, old)

    def canonicalize(self, obj: Object) -> None:
        """Last changes before an object is stored."""

    def default_grace_period(self, obj: Object, options: DeleteOptions) -> int | None:
        """Seconds an object gets to end gracefully, None for resources that are deleted at once."""
        return None

    def warn_on_delete(self, context: RequestContext, options: DeleteOptions) -> None:
        """Called before an object is looked up to be deleted."""

    def begin_deletion(self, obj: Object) -> None:
        """Called on an object that is being marked as deleted."""

    async def begin_create(self, context: RequestContext, obj: Object) -> None:
        """Takes what must be unique (addresses, ports) for a new object, or raises and takes nothing.

        `abort` gives it back.
        """

    async def begin_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """As `begin_create`, for an update."""

    async def abort(self, obj: Object, old: Object | None) -> None:
        """The write that was begun has failed."""

    async def after_update(self, obj: Object, old: Object) -> None:
        """The update is stored."""

    async def after_delete(self, obj: Object) -> None:
        """Called when an object is gone for good."""


def take(obj: Object, old: Object, name: str) -> None:
    """Makes a field what it was."""
    if name in old:
        obj[name] = old[name]
    else:
        obj.pop(name, None)
