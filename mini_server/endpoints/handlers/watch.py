"""WATCH: events as they come, each encoded once for all who watch.

Source: apiserver ``pkg/endpoints/handlers/watch.go``.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from typing import Any

from mini_server.endpoints.endpoint import Endpoint
from mini_server.endpoints.handlers.read import predicate_of
from mini_server.endpoints.negotiation import Accept, negotiate_stream
from mini_server.endpoints.options import list_options
from mini_server.endpoints.request import JSON, AnyResponse, Handler, Request, StreamResponse
from mini_server.endpoints.table import include_object, partial, table
from mini_server.storage.interface import StorageEvent, Watcher
from pykubectl.machinery.codecs import json
from pykubectl.machinery.errors import StatusError

Object = dict[str, Any]
Encode = Callable[[StorageEvent], bytes]

# Watches without a time-out of their own end after half an hour to an hour, not all at once.
MIN_TIMEOUT = 1800.0


def watch_handler(endpoint: Endpoint) -> Handler:
    """Changes of the objects that a list with the same options gives."""

    async def handle(request: Request) -> AnyResponse:
        options = list_options(request)
        accept = negotiate_stream(request)
        namespace = request.info.namespace if endpoint.resource.namespaced else ""
        timeout = options.timeout or MIN_TIMEOUT * (1 + random.random())
        watcher = await endpoint.store.storage.watch(
            endpoint.store.prefix(namespace),
            predicate_of(endpoint, options),
            options.resource_version,
            send_initial_events=options.send_initial_events,
            bookmarks=options.bookmarks,
            timeout=timeout,
        )
        encode = _encoder(endpoint, accept, request)
        return StreamResponse(200, _events(watcher, encode), JSON, {"Transfer-Encoding": "chunked"})

    return handle


async def _events(watcher: Watcher, encode: Encode) -> AsyncIterator[bytes]:
    """Until the watcher's time is over, which it sees to itself."""
    try:
        while True:
            try:
                batch = await watcher.batch()
            except StatusError as error:
                yield json.dumps({"type": "ERROR", "object": error.status}) + b"\n"
                return
            if not batch:
                return
            yield b"".join([encode(event) for event in batch])
    finally:
        watcher.cancel()


def _encoder(endpoint: Endpoint, accept: Accept, request: Request) -> Encode:
    """How events are written; plain JSON of the stored version is shared bytes."""
    if not accept.transform:
        if endpoint.conversion is None:
            return lambda event: event.line
        form = str(endpoint.resource.gvr)
        return lambda event: event.encoded(form, lambda e: _line(e, _served(endpoint, e)))
    if accept.transform.startswith("PartialObjectMetadata"):
        form = f"{endpoint.resource.gvr}/partial/{accept.version}"
        return lambda event: event.encoded(form, lambda e: _line(e, partial(_served(endpoint, e), accept.version)))
    return _table_encoder(endpoint, accept, include_object(request))


def _table_encoder(endpoint: Endpoint, accept: Accept, include: str) -> Encode:
    """Only the first Table of a watch has column definitions."""
    first = True

    def encode(event: StorageEvent) -> bytes:
        nonlocal first
        obj = _served(endpoint, event)
        metadata = {"resourceVersion": obj["metadata"]["resourceVersion"]}
        if event.type == "BOOKMARK":
            return _line(event, table(endpoint, [obj], accept, include, metadata, with_definitions=first))
        rows = table(endpoint, [obj], accept, include, metadata, with_definitions=first)
        first = False
        return _line(event, rows)

    return encode


def _served(endpoint: Endpoint, event: StorageEvent) -> Object:
    return event.item.obj if event.type == "BOOKMARK" else endpoint.served(event.item)


def _line(event: StorageEvent, obj: Object) -> bytes:
    return b'{"type":"%s","object":%s}\n' % (event.type.encode(), json.dumps(obj))
