"""Which form an answer takes, and which form a body has.

Source: apiserver ``pkg/endpoints/handlers/negotiation``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from mini_server.endpoints.request import JSON, Request
from pykubectl.machinery.errors import StatusError, new_not_acceptable, new_status_error

YAML = "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"
# What is offered: protobuf is named as upstream does although no object can be had in it yet, see `body_type`.
ACCEPTED = "application/json, application/yaml, application/vnd.kubernetes.protobuf"

_ACCEPTED_STREAMS = "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
_ROUTED = frozenset(("*/*", JSON, YAML, PROTOBUF))

_TABLE_VERSIONS = ("v1", "v1beta1")
_TRANSFORMS = ("Table", "PartialObjectMetadata", "PartialObjectMetadataList")


class Accept(NamedTuple):
    """A chosen form: the media type, and for a transformed answer its kind and version (of meta.k8s.io)."""

    media_type: str = JSON
    transform: str = ""
    version: str = "v1"
    pretty: bool = False


class _Clause(NamedTuple):
    media_type: str
    parameters: dict[str, str]
    quality: float


def negotiate(request: Request, *, transforms: bool = True) -> Accept:
    """The first acceptable form. Raises a StatusError (406) where there is none."""
    header = request.headers.get("accept", "")
    chosen = _choose(header, transforms)
    if chosen is None:
        raise _not_acceptable(header, ACCEPTED)
    return chosen


def negotiate_stream(request: Request) -> Accept:
    """As `negotiate`, for a watch. YAML documents cannot be framed, so they are no form for it."""
    header = request.headers.get("accept", "")
    chosen = _choose(header, True)
    if chosen is None or chosen.media_type == YAML:
        raise _not_acceptable(header, _ACCEPTED_STREAMS)
    return chosen


def first_offered(header: str, offered: Sequence[str]) -> str | None:
    """Of media types the first that an Accept header takes, in its order; the first of all where it says nothing.

    Source: kube-openapi ``pkg/handler/handler.go``.
    """
    if not header.strip():
        return offered[0]
    for clause in _clauses(header):
        for media_type in offered:
            if clause.media_type in (media_type, "*/*", f"{media_type.partition('/')[0]}/*"):
                return media_type
    return None


def _not_acceptable(header: str, accepted: str) -> StatusError:
    """Upstream has two gates: the router knows media types alone, the handler their parameters too."""
    if any(clause.media_type in _ROUTED for clause in _clauses(header)):
        return new_not_acceptable(f"only the following media types are accepted: {accepted}")
    text = f"406: Not Acceptable\n\nAvailable representations: {ACCEPTED}"
    return new_status_error("NotAcceptable", text, details={})


@lru_cache(maxsize=512)
def _choose(header: str, transforms: bool) -> Accept | None:
    if not header.strip():
        return Accept()
    for clause in _clauses(header):
        accept = _accept(clause, transforms)
        if accept is not None:
            return accept
    return None


@lru_cache(maxsize=512)
def _clauses(header: str) -> tuple[_Clause, ...]:
    clauses = []
    for part in header.split(","):
        media_type, *rest = (piece.strip() for piece in part.split(";"))
        parameters = dict(piece.split("=", 1) for piece in rest if "=" in piece)
        try:
            quality = float(parameters.pop("q", "1"))
        except ValueError:
            quality = 0.0
        clauses.append(_Clause(media_type.lower(), parameters, quality))
    # Equal qualities keep their order.
    return tuple(sorted((c for c in clauses if c.quality > 0), key=lambda c: -c.quality))


def _accept(clause: _Clause, transforms: bool) -> Accept | None:
    if clause.media_type in ("*/*", JSON):
        media_type = JSON
    elif clause.media_type == YAML:
        media_type = YAML
    else:
        return None
    parameters = clause.parameters
    pretty = parameters.get("pretty", "0") not in ("0", "false")
    if "stream" in parameters and parameters["stream"] != "watch":
        return None
    transform, group, version = parameters.get("as", ""), parameters.get("g", ""), parameters.get("v", "")
    if not transform:
        return Accept(media_type, pretty=pretty)
    known = transform in _TRANSFORMS and group == "meta.k8s.io" and version in _TABLE_VERSIONS
    return Accept(media_type, transform, version, pretty) if transforms and known else None


def accepts_parameters(request: Request, kind: str, group: str, versions: tuple[str, ...]) -> str | None:
    """For discovery: the version in which ``as=kind`` of a group is accepted before anything plain, else None."""
    for clause in _clauses(request.headers.get("accept", "")):
        if clause.media_type not in (JSON, "*/*"):
            continue
        if not clause.parameters.get("as"):
            return None
        asked = clause.parameters
        if asked.get("as", "").lower() == kind.lower() and asked.get("g") == group and asked.get("v") in versions:
            return asked["v"]
    return None


def body_type(request: Request) -> str:
    """The media type of a body: JSON or YAML. Raises a StatusError (415) on any other."""
    header = request.headers.get("content-type", "")
    media_type = header.split(";", 1)[0].strip().lower()
    if media_type in ("", JSON):
        return JSON
    if media_type == YAML:
        return YAML
    text = f"the body of the request was in an unknown format - accepted media types include: {ACCEPTED}"
    raise new_status_error("UnsupportedMediaType", text)
