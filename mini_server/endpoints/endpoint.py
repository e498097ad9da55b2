"""A resource as it is served: its store, its schema, its admission, and the version it is shown in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mini_server.admission.chain import Chain
from mini_server.admission.interface import Attributes
from mini_server.apis.scheme import server_scheme
from mini_server.endpoints.options import WriteOptions
from mini_server.endpoints.request import JSON, Request, Response, text_response
from mini_server.registry.context import RequestContext, Validate
from mini_server.registry.store import RegistryStore
from mini_server.storage.item import Item
from pykubectl.api.resources import Resource
from pykubectl.machinery.codecs import json
from pykubectl.machinery.errors import StatusError, new_status_error
from pykubectl.machinery.schema import GroupResource
from pykubectl.machinery.structural.types import Type
from pykubectl.machinery.util.clock import Clock

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Conversion:
    """Between the version that is stored and the one that is served. Both functions give new objects."""

    to_served: Callable[[Object], Object]
    to_stored: Callable[[Object], Object]


@dataclass(slots=True)
class Endpoint:
    """Shared by the handlers of one resource in one version."""

    resource: Resource
    store: RegistryStore
    type: Type
    admission: Chain
    clock: Clock
    conversion: Conversion | None = None

    def context(self, request: Request, options: WriteOptions | None = None) -> RequestContext:
        """What the registry is told of a request."""
        assert request.user is not None
        namespace = request.info.namespace if self.resource.namespaced else ""
        if options is None:
            options = WriteOptions()
        return RequestContext(
            request.user,
            namespace,
            options.dry_run,
            request.warn,
            self.clock.now,
            self.resource.group,
        )

    def raw(self, item: Item) -> bytes:
        """An item's JSON in the served version."""
        if self.conversion is None:
            return item.raw
        return json.dumps(self.conversion.to_served(item.obj))

    def served(self, item: Item) -> Object:
        """An item's object in the served version; read only."""
        return item.obj if self.conversion is None else self.conversion.to_served(item.obj)

    def stored(self, obj: Object) -> Object:
        """An object of the served version as it is stored, with the defaults of the version it is stored in."""
        if self.conversion is None:
            return obj
        stored = self.conversion.to_stored(obj)
        server_scheme().default(stored, self.store.resource.gvk)
        return stored

    def attributes(
        self,
        request: Request,
        operation: str,
        obj: Object | None,
        old: Object | None,
        *,
        dry_run: bool,
        subresource: str = "",
        name: str = "",
        options: Object | None = None,
    ) -> Attributes:
        """What admission is asked about."""
        assert request.user is not None
        meta = (obj or old or {}).get("metadata", {})
        return Attributes(
            operation,
            self.resource.gvk,
            self.resource.gvr,
            subresource,
            request.info.namespace if self.resource.namespaced else "",
            name or request.info.name or meta.get("name", ""),
            obj,
            old,
            options or {},
            dry_run,
            request.user,
            request.warn,
            request.info.verb,
        )

    def validating(self, request: Request, operation: str, *, dry_run: bool, subresource: str = "") -> Validate:
        """Validating admission, for the registry to call on what is about to be written."""

        async def validate(obj: Object | None, old: Object | None) -> None:
            await self.admission.validate(
                self.attributes(request, operation, obj, old, dry_run=dry_run, subresource=subresource)
            )

        return validate


def item_response(raw: bytes, status: int = 200) -> Response:
    """JSON bytes as they are."""
    return Response(status, raw + b"\n", JSON)


def named_as(error: StatusError, stored: GroupResource, served: GroupResource) -> StatusError:
    """An error of the store in the words of the group that the resource is served in."""
    if error.details.get("kind") != stored.resource or error.details.get("group", "") != stored.group:
        return error
    message = error.message.replace(f'{stored} "', f'{served} "', 1)
    return StatusError({**error.status, "message": message, "details": {**error.details, "group": served.group}})


NOT_FOUND_TEXT = "the server could not find the requested resource"
NOT_ALLOWED_TEXT = "the server does not allow this method on the requested resource"


def no_such_path() -> Response:
    """404 for a path, or a group, that nobody serves: upstream answers as any web server does."""
    return text_response("404 page not found\n", 404)


def page_not_found() -> Exception:
    """404 for a resource that is not served."""
    return new_status_error("NotFound", NOT_FOUND_TEXT, details={})


def method_not_allowed() -> Exception:
    """405 for a method that a resource does not know."""
    return new_status_error("MethodNotAllowed", NOT_ALLOWED_TEXT, details={})
