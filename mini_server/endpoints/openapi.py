"""/openapi/v2 and /openapi/v3.

Source: kube-openapi ``pkg/handler``, ``pkg/handler3``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from mini_server.endpoints import openapi_protobuf
from mini_server.endpoints.endpoint import page_not_found
from mini_server.endpoints.negotiation import first_offered
from mini_server.endpoints.openapi_documents import api_document, path_of, v2_document, v3_document, version_document
from mini_server.endpoints.request import JSON, AnyResponse, Request, Response
from pykubectl.api.resources import GROUPS
from pykubectl.machinery.codecs import json

# Documents about no group version.
_SMALL = {"api": api_document, "version": version_document}

_IMMUTABLE = "public, immutable"


class OpenAPI:
    """Documents are built when first asked for, and kept as bytes."""

    def __init__(self) -> None:
        self._documents: dict[str, tuple[bytes, str]] = {}

    async def handle(self, request: Request) -> AnyResponse | None:
        """Answers OpenAPI paths, None for other ones."""
        path = request.path.strip("/")
        if path == "openapi/v2":
            return self._v2(request)
        if path == "openapi/v3":
            return self._index(request)
        if path.startswith("openapi/v3/"):
            return self._group(request, path.removeprefix("openapi/v3/"))
        return None

    def _v2(self, request: Request) -> AnyResponse:
        chosen = first_offered(request.headers.get("accept", ""), (JSON, openapi_protobuf.ACCEPTED))
        if chosen is None:
            return Response(406)
        if chosen == JSON:
            return self._document(request, "v2", lambda: json.dumps(v2_document()))
        response = self._document(request, "v2 in protobuf", lambda: openapi_protobuf.document(v2_document()))
        response.content_type = openapi_protobuf.MEDIA_TYPE
        return response

    def _index(self, request: Request) -> AnyResponse:
        def build() -> bytes:
            names = list(_SMALL)
            for group, versions in GROUPS.items():
                names += [path_of(group, version) for version in versions]
            # The hash stands for the document; it changes with the schema, which comes with the program.
            digests = ((name, f"{name}@{_schema_digest()}") for name in names)
            hashes = ((name, hashlib.sha512(text.encode()).hexdigest().upper()) for name, text in digests)
            paths = {name: {"serverRelativeURL": f"/openapi/v3/{name}?hash={digest}"} for name, digest in hashes}
            return json.dumps({"paths": paths})

        return self._document(request, "v3", build)

    def _group(self, request: Request, name: str) -> AnyResponse:
        if name in _SMALL:
            build = _SMALL[name]
            return self._document(request, name, lambda: json.dumps(build()))
        parts = name.split("/")
        group, version = (parts[1], parts[2]) if len(parts) == 3 and parts[0] == "apis" else ("", parts[-1])
        if path_of(group, version) != name or version not in GROUPS.get(group, ()):
            raise page_not_found()
        response = self._document(request, name, lambda: json.dumps(v3_document(group, version)))
        if request.query.get("hash"):
            response.headers["Cache-Control"] = _IMMUTABLE
        return response

    def _document(self, request: Request, name: str, build: Callable[[], bytes]) -> Response:
        if name not in self._documents:
            body = build()
            self._documents[name] = (body, hashlib.sha512(body).hexdigest().upper())
        body, digest = self._documents[name]
        headers = {"ETag": f'"{digest}"', "Vary": "Accept"}
        if digest in request.headers.get("if-none-match", ""):
            return Response(304, b"", JSON, headers)
        return Response(200, body, JSON, headers)


def _schema_digest() -> str:
    from pykubectl.machinery.structural.types import SCHEMA_DIRECTORY

    return hashlib.sha256((SCHEMA_DIRECTORY / "index.json").read_bytes()).hexdigest()
