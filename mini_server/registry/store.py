"""The generic store of a resource: everything that creating, updating and deleting have in common.

Source: apiserver ``pkg/registry/generic/registry/store.go``.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, NamedTuple

from mini_server.apis import validation
from mini_server.apis.warnings import warnings
from mini_server.registry import deletion, meta
from mini_server.registry.context import DeleteOptions, RequestContext, Validate, accept_all
from mini_server.registry.strategy import Strategy
from mini_server.storage import errors as storage_errors
from mini_server.storage.encoding import encode, stamp
from mini_server.storage.interface import Preconditions, Store
from mini_server.storage.item import Item
from pykubectl.api.resources import Resource
from pykubectl.machinery.errors import (
    StatusError,
    is_already_exists,
    new_already_exists,
    new_bad_request,
    new_conflict,
    new_generate_name_conflict,
    new_invalid,
    new_not_found,
)
from pykubectl.machinery.schema import GroupResource
from pykubectl.machinery.util.clock import Clock
from pykubectl.machinery.validation import field

Object = dict[str, Any]
# From the stored object (None: there is none) to the new one; may raise StatusError.
Transform = Callable[[Object | None], Awaitable[Object]]

_GENERATE_ATTEMPTS = 8
# Subresources that change the status alone, and those whose handlers have made the one change they allow.
_STATUS_LIKE = frozenset(("status", "approval"))
_OWN_RULES = frozenset(("binding", "finalize", "ephemeralcontainers", "resize"))
_MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


class Updated(NamedTuple):
    """The result of an update, and whether it created the object."""

    item: Item
    created: bool = False


class Deleted(NamedTuple):
    """The last state of an object, and whether it is gone already."""

    item: Item
    gone: bool


class _Emptied(StatusError):
    """Leaves an update without writing: it has taken what last held an object that is being deleted."""

    def __init__(self, item: Item) -> None:
        super().__init__({"message": "the last finalizer is gone"})
        self.item = item


class RegistryStore:
    """One resource. What is its own about it comes from the strategy; what is stored goes through ``storage``."""

    def __init__(
        self,
        resource: Resource,
        strategy: Strategy,
        storage: Store,
        clock: Clock,
        prefix: str,
        ttl: int = 0,
        chance: random.Random | None = None,
    ) -> None:
        self.resource = resource
        self.strategy = strategy
        self.storage = storage
        self._clock = clock
        self._prefix = prefix
        self._ttl = ttl
        self._chance = chance or random.Random()

    def key(self, namespace: str, name: str) -> str:
        """Where an object is stored. Raises a bad-request StatusError on a name that cannot be a path segment."""
        if name in (".", "..") or "/" in name or "%" in name:
            raise new_bad_request(f"name parameter invalid: {name!r}")
        return f"{self._prefix}/{namespace}/{name}" if self.resource.namespaced else f"{self._prefix}/{name}"

    def prefix(self, namespace: str = "") -> str:
        """Where the objects of a namespace, or all of them, are stored."""
        return f"{self._prefix}/{namespace}/" if namespace else f"{self._prefix}/"

    async def get(self, namespace: str, name: str, resource_version: str = "") -> Item:
        """One object."""
        return await self.storage.get(self.key(namespace, name), resource_version)

    # Create

    async def create(self, context: RequestContext, obj: Object, validate: Validate = accept_all) -> Item:
        """Stores a new object, which has been decoded, defaulted and admitted. Takes ``obj`` over."""
        metadata = obj.setdefault("metadata", {})
        generated = not metadata.get("name") and bool(metadata.get("generateName"))
        attempts = _GENERATE_ATTEMPTS if generated else 1
        for attempt in range(attempts):
            try:
                # Every attempt begins with what was sent: what is made of one name must not show in the next.
                own = _copied(obj) if generated else obj
                return await self._create_once(context, own, validate, generated=generated)
            except StatusError as error:
                if not (generated and is_already_exists(error)):
                    raise
                if attempt == attempts - 1:
                    raise new_generate_name_conflict(self.resource.group_resource, own["metadata"]["name"], 1) from None
        raise AssertionError("a create has at least one attempt")

    async def _create_once(self, context: RequestContext, obj: Object, validate: Validate, *, generated: bool) -> Item:
        metadata = obj["metadata"]
        meta.fill_system_fields(metadata, self._clock.now(), generation=self.strategy.keeps_generation)
        if generated:
            metadata["name"] = meta.generate_name(metadata["generateName"], self._chance)
        await self._prepared_new(context, obj, validate)
        key = self.key(context.namespace, metadata["name"])
        try:
            if context.dry_run:
                item = await self._dry_create(key, obj)
                await self.strategy.abort(obj, None)
                return item
            item = await self.storage.create(key, obj, self._ttl)
        except BaseException as error:
            await self.strategy.abort(obj, None)
            if isinstance(error, StatusError) and is_already_exists(error):
                await self._say_if_deleted(key, error)
            raise
        return item

    async def _say_if_deleted(self, key: str, error: StatusError) -> None:
        """A name that is taken by an object on its way out is worth another try later."""
        try:
            held = await self.storage.get(key)
        except StatusError:
            return
        if held.obj["metadata"].get("deletionTimestamp"):
            error.status["message"] = f"object is being deleted: {error.message}"

    async def _prepared_new(self, context: RequestContext, obj: Object, validate: Validate) -> None:
        self.strategy.prepare_for_create(context, obj)
        faults = validation.validate_create(self.resource.gvk, obj) + self.strategy.validate(context, obj)
        if faults:
            raise new_invalid(self.resource.gvk.group_kind, obj["metadata"].get("name", ""), faults)
        self._warn(context, obj, None)
        self.strategy.canonicalize(obj)
        await validate(obj, None)
        await self.strategy.begin_create(context, obj)

    async def _dry_create(self, key: str, obj: Object) -> Item:
        try:
            await self.storage.get(key)
        except StatusError as error:
            if error.code == 404:
                return unstored(key, obj)
            raise
        raise new_already_exists(self.resource.group_resource, obj["metadata"]["name"])

    # Update

    async def update(
        self,
        context: RequestContext,
        name: str,
        transform: Transform,
        validate: Validate = accept_all,
        *,
        subresource: str = "",
        preconditions: Preconditions | None = None,
        validate_create: Validate | None = None,
    ) -> Updated:
        """Changes an object by ``transform``, which is called again where somebody else was quicker.

        A resource version in the new object must be the stored one's. An object whose last finalizer goes while it is
        being deleted is removed.
        """
        key = self.key(context.namespace, name)
        # The new object and the old one, where the last attempt has come that far.
        begun: list[tuple[Object, Object | None]] = []

        async def change(item: Item | None) -> Object | None:
            await self._abort(begun)
            old = None if item is None else item.copy()
            obj = await transform(old)
            if old is None:
                new = await self._created_by_update(context, name, obj, validate_create or validate)
            else:
                self._check_version(name, obj, old)
                new = await self._prepared(context, obj, old, validate, subresource)
            begun.append((new, old))
            if item is not None and deletion.is_finished(new):
                raise _Emptied(unstored(key, new, item.revision))
            return new

        allow_create = self.strategy.allow_create_on_update and not subresource
        if context.dry_run:
            try:
                return await self._dry_update(key, change, preconditions, allow_create=allow_create)
            finally:
                await self._abort(begun)
        try:
            item = await self.storage.guaranteed_update(
                key, change, preconditions, ignore_not_found=allow_create, ttl=self._ttl
            )
        except _Emptied as emptied:
            item = emptied.item
            await self._remove_emptied(key, item)
        except BaseException:
            await self._abort(begun)
            raise
        ((new, old),) = begun
        if old is not None:
            await self.strategy.after_update(new, old)
        return Updated(item, old is None)

    async def _abort(self, begun: list[tuple[Object, Object | None]]) -> None:
        for new, old in begun:
            await self.strategy.abort(new, old)
        begun.clear()

    async def _dry_update(
        self,
        key: str,
        change: Callable[[Item | None], Awaitable[Object | None]],
        preconditions: Preconditions | None,
        *,
        allow_create: bool,
    ) -> Updated:
        try:
            current: Item | None = await self.storage.get(key)
        except StatusError as error:
            if error.code != 404 or not allow_create:
                raise
            current = None
        storage_errors.check_preconditions(self.resource.group_resource, key, current, preconditions)
        try:
            obj = await change(current)
        except _Emptied as emptied:
            return Updated(emptied.item)
        assert obj is not None
        return Updated(unstored(key, obj, 0 if current is None else current.revision), current is None)

    async def _created_by_update(self, context: RequestContext, name: str, obj: Object, validate: Validate) -> Object:
        metadata = obj.setdefault("metadata", {})
        if metadata.get("resourceVersion") not in (None, "", "0"):
            raise new_not_found(self.resource.group_resource, name)
        meta.fill_system_fields(metadata, self._clock.now(), generation=self.strategy.keeps_generation)
        await self._prepared_new(context, obj, validate)
        return obj

    def _check_version(self, name: str, obj: Object, old: Object) -> None:
        version = obj.get("metadata", {}).get("resourceVersion") or ""
        if version in ("", "0") and not self.strategy.allow_unconditional_update:
            fault = field.invalid("metadata.resourceVersion", 0, "must be specified for an update")
            raise new_invalid(self.resource.gvk.group_kind, name, [fault])
        if version and version != old["metadata"]["resourceVersion"]:
            raise new_conflict(self.resource.group_resource, name, _MODIFIED)

    async def _prepared(
        self, context: RequestContext, obj: Object, old: Object, validate: Validate, subresource: str
    ) -> Object:
        metadata = obj.setdefault("metadata", {})
        meta.keep_immutable(metadata, old["metadata"])
        if subresource == "approval":
            self.strategy.prepare_for_approval(context, obj, old)
        elif subresource in _STATUS_LIKE:
            self.strategy.prepare_for_status_update(context, obj, old)
        elif subresource not in _OWN_RULES:
            self.strategy.prepare_for_update(context, obj, old)
        counts = self.strategy.counts_generations and subresource not in _STATUS_LIKE
        if counts and self.strategy.is_new_generation(obj, old):
            metadata["generation"] = int(old["metadata"].get("generation") or 0) + 1
        partial = subresource in _STATUS_LIKE or subresource in _OWN_RULES
        if not partial:
            faults = validation.validate_update(self.resource.gvk, obj, old)
            faults += self.strategy.validate_update(context, obj, old)
        elif subresource == "status":
            faults = validation.validate_status_update(self.resource.gvk, obj, old)
        else:
            faults = validation.validate_part_update(self.resource.gvk, subresource, obj, old)
        if faults:
            raise new_invalid(self.resource.gvk.group_kind, metadata.get("name", ""), faults)
        if not partial:
            self._warn(context, obj, old)
        self.strategy.canonicalize(obj)
        await validate(obj, old)
        await self.strategy.begin_update(context, obj, old)
        return obj

    def _warn(self, context: RequestContext, obj: Object, old: Object | None) -> None:
        for text in warnings(self.resource.gvk, obj, old):
            context.warn(text)

    async def _remove_emptied(self, key: str, item: Item) -> None:
        """The object goes without being written once more; that somebody else has removed it is as good."""
        try:
            await self.storage.delete(key, Preconditions(item.obj["metadata"]["uid"]))
        except StatusError as error:
            if error.code != 404:
                raise
        await self.strategy.after_delete(item.obj)

    # Delete

    async def delete(
        self, context: RequestContext, name: str, options: DeleteOptions, validate: Validate = accept_all
    ) -> Deleted:
        """Deletes, or begins to: finalizers and grace periods keep an object until they are over."""
        key = self.key(context.namespace, name)
        self.strategy.warn_on_delete(context, options)
        item = await self.storage.get(key)
        self.check_preconditions(name, item.obj, options)
        decision = deletion.decide(self.strategy, item.obj, options)
        if decision.pending is None:
            await validate(None, item.obj)
            return await self._delete_now(context, key, item, options)
        if decision.already_pending:
            await validate(None, item.obj)
            return Deleted(item, False)

        async def mark(current: Object | None) -> Object:
            assert current is not None
            self.check_preconditions(name, current, options)
            return deletion.mark(self.strategy, current, options, self._clock.now())

        if context.dry_run:
            await validate(None, item.obj)
            return Deleted(unstored(key, await mark(item.copy()), item.revision), False)
        return await self._mark_deleted(context, key, mark, validate, options)

    async def _mark_deleted(
        self,
        context: RequestContext,
        key: str,
        mark: Transform,
        validate: Validate,
        options: DeleteOptions,
    ) -> Deleted:
        async def change(current: Item | None) -> Object | None:
            assert current is not None
            await validate(None, current.obj)
            return await mark(current.copy())

        item = await self.storage.guaranteed_update(key, change, None)
        if deletion.is_finished(item.obj) and not self.strategy.stays_marked:
            # The version that was asked for is the one before the mark.
            return await self._delete_now(context, key, item, replace(options, resource_version=None))
        return Deleted(item, False)

    async def _delete_now(self, context: RequestContext, key: str, item: Item, options: DeleteOptions) -> Deleted:
        if context.dry_run:
            return Deleted(item, True)
        preconditions = Preconditions(options.uid, options.resource_version)
        deleted = await self.storage.delete(key, preconditions)
        await self.strategy.after_delete(deleted.obj)
        return Deleted(deleted, True)

    def check_preconditions(self, name: str, obj: Object, options: DeleteOptions) -> None:
        """Raises a conflict StatusError on an object other than the one that is to be deleted."""
        metadata = obj["metadata"]
        # Upstream names the kind here where all other conflicts name the resource.
        gr = GroupResource(self.resource.group, self.resource.kind)
        for title, asked, name_of, since in (
            ("UID", options.uid, "uid", "deleted and then recreated"),
            ("ResourceVersion", options.resource_version, "resourceVersion", "modified"),
        ):
            if asked is not None and asked != metadata.get(name_of):
                text = (
                    f"the {title} in the precondition ({asked}) does not match the {title} in record "
                    f"({metadata.get(name_of)}). The object might have been {since}"
                )
                raise new_conflict(gr, name, text)


def _copied(value: Any) -> Any:
    """A copy in which nothing is shared, not even what is shared in the original."""
    if isinstance(value, dict):
        return {name: _copied(entry) for name, entry in value.items()}
    return [_copied(entry) for entry in value] if isinstance(value, list) else value


def unstored(key: str, obj: Object, revision: int = 0) -> Item:
    """An item for an object that was not written: a dry run's result."""
    raw = stamp(encode(obj), revision)
    if not revision:
        raw = raw.replace(b'"resourceVersion":"0",', b"", 1)
    return Item(key, raw, revision)
