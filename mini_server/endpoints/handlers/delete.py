"""DELETE and DELETECOLLECTION.

Source: apiserver ``pkg/endpoints/handlers/delete.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.admission.interface import DELETE
from mini_server.endpoints.answer import answer_item, answer_object
from mini_server.endpoints.endpoint import Endpoint
from mini_server.endpoints.handlers.read import answer_list, predicate_of
from mini_server.endpoints.negotiation import negotiate
from mini_server.endpoints.options import delete_options, list_options
from mini_server.endpoints.request import AnyResponse, Handler, Request
from mini_server.registry.context import RequestContext
from pykubectl.machinery.errors import StatusError

Object = dict[str, Any]


def delete_handler(endpoint: Endpoint) -> Handler:
    """Deletes one object."""

    async def handle(request: Request) -> AnyResponse:
        options = delete_options(request, await request.body())
        context = _context(endpoint, request, options.dry_run)
        validate = endpoint.validating(request, DELETE, dry_run=options.dry_run)
        deleted = await endpoint.store.delete(context, request.info.name, options, validate)
        if not deleted.gone or endpoint.store.strategy.returns_deleted:
            # It will go when its dependents have.
            waits = not deleted.gone and options.orphan_dependents is False
            return answer_item(endpoint, deleted.item, request, 202 if waits else 200)
        # A Status is none of the kinds that could become a Table: asking for one is no mistake here.
        return answer_object(_success(endpoint, deleted.item.obj), request, negotiate(request))

    return handle


def delete_collection_handler(endpoint: Endpoint) -> Handler:
    """Deletes what a list with the same options would give; answers with that list, as it was."""

    async def handle(request: Request) -> AnyResponse:
        selection = list_options(request)
        options = delete_options(request, await request.body())
        namespace = request.info.namespace if endpoint.resource.namespaced else ""
        result = await endpoint.store.storage.list(
            endpoint.store.prefix(namespace), predicate_of(endpoint, selection), "", "", selection.limit
        )
        for item in result.items:
            meta = item.obj["metadata"]
            context = _context(endpoint, request, options.dry_run)
            context.namespace = meta.get("namespace", "")
            validate = endpoint.validating(request, DELETE, dry_run=options.dry_run)
            try:
                await endpoint.store.delete(context, meta["name"], options, validate)
            except StatusError as error:
                if error.code != 404:
                    raise
        return answer_list(endpoint, result, request)

    return handle


def _context(endpoint: Endpoint, request: Request, dry_run: bool) -> RequestContext:
    context = endpoint.context(request)
    context.dry_run = dry_run
    return context


def _success(endpoint: Endpoint, obj: Object) -> Object:
    meta = obj["metadata"]
    resource = endpoint.resource
    details: Object = {"name": meta["name"], "kind": resource.plural, "uid": meta["uid"]}
    if resource.group:
        details["group"] = resource.group
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
