"""The outermost filters: recovery, request info, headers that every answer has.

Source: apiserver ``pkg/server/filters``, ``pkg/endpoints/filters``.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable

from mini_server.endpoints.answer import answer_object
from mini_server.endpoints.negotiation import negotiate
from mini_server.endpoints.request import AnyResponse, Handler, Request, error_response
from mini_server.endpoints.request_info import request_info
from pykubectl.machinery.errors import StatusError, new_bad_request, new_internal_error
from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.values.duration import parse_duration

log = logging.getLogger(__name__)


def with_recovery(following: Handler) -> Handler:
    """Refusals become Status objects; a fault of the server is logged and answered with 500."""

    async def handle(request: Request) -> AnyResponse:
        try:
            return await following(request)
        except StatusError as error:
            return refusal(request, error)
        except Exception:
            # Quoted: a path may hold line breaks, which would pass for lines of the log.
            log.exception("%s %s", request.method, quote(request.path))
            message = f"panic serving {request.method} {request.path}: see the server's log"
            return error_response(new_internal_error(message))

    return handle


def refusal(request: Request, error: StatusError) -> AnyResponse:
    """An error in the form that the caller understands; in JSON where it asks for what is not to be had."""
    if "yaml" not in request.headers.get("accept", ""):
        return error_response(error)
    try:
        accept = negotiate(request, transforms=False)
    except StatusError:
        return error_response(error)
    response = answer_object(error.status, request, accept, error.code or 500)
    response.headers |= error_response(error).headers
    return response


def with_request_info(following: Handler) -> Handler:
    """Sets ``request.info``."""

    async def handle(request: Request) -> AnyResponse:
        request.info = request_info(request.method, request.path, request.query)
        _check_timeout(request)
        return await following(request)

    return handle


def _check_timeout(request: Request) -> None:
    """The time that a client gives the server: watches have another parameter for theirs."""
    text = request.query.get("timeout") if request.query.raw else None
    if not text or request.info.verb == "watch":
        return
    try:
        parse_duration(text)
    except ValueError as error:
        raise new_bad_request(f"invalid timeout specified in the request URL - {error}") from None


def with_headers(following: Handler) -> Handler:
    """Audit-Id, Cache-Control, and the warnings collected on the way."""

    async def handle(request: Request) -> AnyResponse:
        response = await following(request)
        headers = response.headers
        headers["Audit-Id"] = request.headers.get("audit-id") or str(uuid.uuid4())
        headers.setdefault("Cache-Control", "no-cache, private")
        if request.warnings:
            headers["Warning"] = "\n".join(
                f'299 - "{_escape(text)}"' for text in request.warnings if text.isprintable()
            )
        return response

    return handle


def with_metrics(following: Handler, observe: Callable[[Request, int, float], None]) -> Handler:
    """Tells each request with its status and the seconds until its answer began."""

    async def handle(request: Request) -> AnyResponse:
        begun = time.perf_counter()
        response = await following(request)
        observe(request, response.status, time.perf_counter() - begun)
        return response

    return handle


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
