"""The API's handlers over a store in memory, without a network: one request after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self, cast

from mini_server.admission.interface import AdmissionContext
from mini_server.admission.registry import builtin_registry
from mini_server.authn.interface import UserInfo
from mini_server.controlplane.stores import CacheReader, Stores
from mini_server.endpoints.filters.basics import with_headers, with_recovery, with_request_info
from mini_server.endpoints.handlers.reviews import Reviews
from mini_server.endpoints.installer import APIHandlers, Services
from mini_server.endpoints.request import AnyResponse, Query, Request, Response, StreamResponse
from mini_server.kv.memory import MemoryKV
from mini_server.registry.strategies import RegistryConfig
from pykubectl.machinery.codecs import json
from pykubectl.machinery.util.clock import FakeClock

Object = dict[str, Any]

USER = UserInfo("jane", "uid-1", ("developers",))
_PLUGINS = ("StorageObjectInUseProtection",)


class Answer(NamedTuple):
    """What a handler has answered; ``obj`` is None where the body is no JSON."""

    status: int
    obj: Any
    headers: Mapping[str, str]
    body: bytes

    @property
    def warnings(self) -> list[str]:
        """Texts of the Warning header."""
        return [line.removeprefix('299 - "')[:-1] for line in self.headers.get("Warning", "").split("\n") if line]


class Api:
    """Use as a context manager."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self._loop = asyncio.new_event_loop()
        self._kv = MemoryKV(self.clock)
        self.stores = Stores(self._kv, self.clock, RegistryConfig())
        registry = builtin_registry()
        context = AdmissionContext(CacheReader(self.stores))
        chain = registry.chain(context, disable=[name for name in registry.names() if name not in _PLUGINS])
        nothing = cast(Any, None)
        reviews = Reviews(nothing, nothing, (), self.clock)
        services = Services(self.stores.by_resource, chain, self.clock, reviews, nothing, nothing)
        handlers = APIHandlers(services)
        self._handle = with_headers(with_recovery(with_request_info(with_recovery(handlers.handle))))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.run_until_complete(self.stores.close())
        self._loop.run_until_complete(self._kv.close())
        self._loop.close()

    def request(self, method: str, url: str, body: Any = None, **headers: str) -> Answer:
        """Asks as `USER`; header names have underscores for hyphens."""
        response = self._loop.run_until_complete(self._answer(method, url, body, headers))
        assert isinstance(response, Response), "a stream"
        try:
            obj = json.loads(response.body)
        except json.JSONError:
            obj = None
        return Answer(response.status, obj, response.headers, response.body)

    def watch(self, url: str, count: int, **headers: str) -> list[Object]:
        """The first events of a watch, of which there have to be as many."""
        return self._loop.run_until_complete(asyncio.wait_for(self._watched(url, count, headers), 10))

    async def _watched(self, url: str, count: int, headers: Mapping[str, str]) -> list[Object]:
        response = await self._answer("GET", url, None, headers)
        assert isinstance(response, StreamResponse), response
        events: list[Object] = []
        chunks = response.chunks
        while len(events) < count:
            chunk = await anext(chunks)
            assert chunk.endswith(b"\n")
            events += [json.loads(line) for line in chunk.splitlines()]
        await cast(AsyncGenerator[bytes], chunks).aclose()
        return events

    async def _answer(self, method: str, url: str, body: Any, headers: Mapping[str, str]) -> AnyResponse:
        path, _, query = url.partition("?")
        chunks = [body if isinstance(body, bytes) else json.dumps(body), b""] if body is not None else [b""]

        async def receive() -> bytes:
            return chunks.pop(0)

        async def gone() -> None:
            await asyncio.Event().wait()

        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(method, path, Query(query), named, receive, gone, user=USER)
        return await self._handle(request)

    def post(self, url: str, body: Any) -> Answer:
        """A create."""
        return self.request("POST", url, body)

    def get(self, url: str, **headers: str) -> Answer:
        """A get or list."""
        return self.request("GET", url, **headers)

    def patch(self, url: str, body: Any, kind: str = "merge-patch+json") -> Answer:
        """A patch."""
        return self.request("PATCH", url, body, content_type=f"application/{kind}")

    def must(self, method: str, url: str, body: Any = None) -> Object:
        """The object that a request gives; the request has to succeed."""
        answer = self.request(method, url, body)
        assert answer.status < 300, answer.body
        return cast(Object, answer.obj)
