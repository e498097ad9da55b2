"""What a request is about, read from its method and path.

Source: apiserver ``pkg/endpoints/request/requestinfo.go``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from pykubectl.machinery import fields
from pykubectl.machinery.errors import new_bad_request

_PREFIXES = frozenset(("api", "apis"))
_SPECIAL_VERBS = frozenset(("proxy", "watch"))
_NAMESPACE_SUBRESOURCES = frozenset(("status", "finalize"))
_VERBS = {"POST": "create", "GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class QueryReader(Protocol):
    """What is asked of a query string."""

    def get(self, name: str) -> str | None:
        """The first value of a parameter."""


@dataclass(slots=True)
class RequestInfo:
    """For requests that are not about a resource only ``path`` and ``verb`` (the lower-case method) are set."""

    path: str
    verb: str
    is_resource_request: bool = False
    api_prefix: str = ""
    api_group: str = ""
    api_version: str = ""
    namespace: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    parts: list[str] = field(default_factory=list)
    all_namespaces_path: bool = False


def request_info(method: str, path: str, query: QueryReader) -> RequestInfo:
    """Reads a request. Raises a bad-request StatusError on a verb prefix without a resource."""
    info = RequestInfo(path, method.lower())
    parts = path.strip("/").split("/")
    if len(parts) < 3 or parts[0] not in _PREFIXES:
        return info
    info.api_prefix = parts[0]
    parts = parts[1:]
    if info.api_prefix == "apis":
        if len(parts) < 3:
            return info
        info.api_group = parts[0]
        parts = parts[1:]
    info.is_resource_request = True
    info.api_version = parts[0]
    parts = _verb(info, method, path, parts[1:])
    parts = _namespace(info, parts)
    info.parts = parts
    info.resource = parts[0]
    if len(parts) >= 2:
        info.name = parts[1]
    if len(parts) >= 3 and info.verb != "proxy":
        info.subresource = parts[2]
    _collection(info, query)
    return info


def _verb(info: RequestInfo, method: str, path: str, parts: list[str]) -> list[str]:
    if parts[0] not in _SPECIAL_VERBS:
        info.verb = _VERBS.get(method, "")
        return parts
    if len(parts) < 2:
        raise new_bad_request(f"unable to determine kind and namespace from url, {path}")
    info.verb = parts[0]
    return parts[1:]


def _namespace(info: RequestInfo, parts: list[str]) -> list[str]:
    if parts[0] != "namespaces" or len(parts) < 2:
        return parts
    info.namespace = parts[1]
    if len(parts) > 2 and parts[2] not in _NAMESPACE_SUBRESOURCES:
        return parts[2:]
    return parts


def _collection(info: RequestInfo, query: QueryReader) -> None:
    """Verbs on collections; a watch or list of one name counts as about that name."""
    if info.name:
        return
    if info.verb == "get":
        info.verb = "watch" if is_true(query.get("watch")) else "list"
        try:
            name = fields.parse(query.get("fieldSelector") or "").requires_exact_match("metadata.name")
        except fields.FieldSelectorError:
            name = None
        if name and name not in (".", "..") and "/" not in name and "%" not in name:
            info.name = name
    elif info.verb == "delete":
        info.verb = "deletecollection"


def is_true(text: str | None) -> bool:
    """A query parameter as Kubernetes reads booleans: absent, ``false`` and ``0`` are false, all else is true."""
    return text is not None and text.lower() not in ("false", "0")
