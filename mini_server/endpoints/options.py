"""Query parameters and DeleteOptions, read as Go reads them.

Source: apimachinery ``pkg/apis/meta/v1/conversion.go``, ``pkg/apis/meta/{v1,internalversion}/validation``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mini_server.endpoints.negotiation import YAML, body_type
from mini_server.endpoints.request import Request
from mini_server.endpoints.request_info import is_true
from mini_server.registry.context import DeleteOptions
from mini_server.storage.versions import validate_list_options, validate_watch_options
from pykubectl.machinery import fields as fieldselector
from pykubectl.machinery import labels as labelselector
from pykubectl.machinery.codecs.syntax import JSONSyntax, SyntaxFault, YAMLSyntax
from pykubectl.machinery.errors import new_bad_request, new_invalid
from pykubectl.machinery.gostrings import parse_int
from pykubectl.machinery.schema import GroupKind, GroupVersionKind
from pykubectl.machinery.structural.types import builtin
from pykubectl.machinery.structural.walk import TypeMismatch, json_type, normalize
from pykubectl.machinery.validation import field as faults
from pykubectl.machinery.validation.field import ErrorList

_POLICIES = ("Foreground", "Background", "Orphan", "nil")
_FIELD_VALIDATIONS = ("", "Ignore", "Strict", "Warn")
_MAX_MANAGER = 128


@dataclass(slots=True)
class ListOptions:
    """Options of list, watch and deletecollection."""

    labels: labelselector.Selector = field(default_factory=labelselector.everything)
    fields: fieldselector.Selector = field(default_factory=fieldselector.everything)
    resource_version: str = ""
    match: str = ""
    limit: int = 0
    continue_token: str = ""
    timeout: float | None = None
    bookmarks: bool = False
    send_initial_events: bool | None = None


@dataclass(slots=True)
class WriteOptions:
    """Options of create, update and patch."""

    dry_run: bool = False
    field_validation: str = "Warn"


def list_options(request: Request) -> ListOptions:
    """Raises a StatusError on selectors, numbers or tokens that cannot be read (400) or do not go together (422)."""
    query = request.query
    if not query.raw:
        options = ListOptions()
        _select_by_name(request, options)
        return options
    options = ListOptions(
        resource_version=query.get("resourceVersion") or "",
        match=query.get("resourceVersionMatch") or "",
        limit=_integer(request, "limit") or 0,
        continue_token=query.get("continue") or "",
        bookmarks=is_true(query.get("allowWatchBookmarks")),
    )
    seconds = _integer(request, "timeoutSeconds")
    options.timeout = float(seconds) if seconds else None
    if query.get("sendInitialEvents") is not None:
        options.send_initial_events = is_true(query.get("sendInitialEvents"))
    try:
        options.labels = labelselector.parse(query.get("labelSelector") or "")
        options.fields = fieldselector.parse(query.get("fieldSelector") or "")
    except ValueError as error:
        raise new_bad_request(str(error)) from None
    _check_versions(request, options)
    _select_by_name(request, options)
    return options


def _check_versions(request: Request, options: ListOptions) -> None:
    if not options.match and options.send_initial_events is None:
        return
    match, token, initial = options.match, options.continue_token, options.send_initial_events
    if request.info.verb == "watch":
        errors = validate_watch_options(match, token, initial)
    else:
        errors = validate_list_options(options.resource_version, match, token, initial)
    if errors:
        raise new_invalid(GroupKind("meta.k8s.io", "ListOptions"), "", errors)


def _select_by_name(request: Request, options: ListOptions) -> None:
    """A list or watch whose path or selector names one object is about that one."""
    name = request.info.name
    if not name or request.info.verb not in ("list", "watch"):
        return
    if options.fields.empty:
        options.fields = fieldselector.parse(f"metadata.name={fieldselector.escape_value(name)}")
    elif options.fields.requires_exact_match("metadata.name") != name:
        raise new_bad_request("fieldSelector metadata.name doesn't match requested name")


def _integer(request: Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None or text == "":
        return None
    try:
        return parse_int(text)
    except ValueError as error:
        raise new_bad_request(str(error)) from None


def write_options(request: Request, kind: str) -> WriteOptions:
    """Options of a write; ``kind`` is CreateOptions, UpdateOptions or PatchOptions. Raises a StatusError (422)."""
    query = request.query
    if not query.raw:
        return WriteOptions()
    errors: ErrorList = []
    if kind == "PatchOptions" and query.get("force") is not None:
        errors.append(faults.forbidden("force", "may not be specified for non-apply patch"))
    errors += _manager_faults(query.get("fieldManager") or "")
    dry_run = query.get_all("dryRun")
    errors += _dry_run_faults(dry_run)
    validation = query.get("fieldValidation") or ""
    if validation not in _FIELD_VALIDATIONS:
        errors.append(faults.not_supported("fieldValidation", validation, _FIELD_VALIDATIONS))
    if errors:
        raise new_invalid(GroupKind("meta.k8s.io", kind), "", errors)
    return WriteOptions(bool(dry_run), validation or "Warn")


def _dry_run_faults(values: list[str]) -> ErrorList:
    return [] if all(value == "All" for value in values) else [faults.not_supported("dryRun", values, ("All",))]


def _manager_faults(manager: str) -> ErrorList:
    if len(manager.encode()) > _MAX_MANAGER:
        return [faults.too_long("fieldManager", manager, _MAX_MANAGER)]
    for position, character in enumerate(manager):
        if not character.isprintable():
            detail = f"invalid character U+{ord(character):04X} (at position {position})"
            return [faults.invalid("fieldManager", manager, detail)]
    return []


def delete_options(request: Request, body: bytes) -> DeleteOptions:
    """From the body, or from the query where there is none. Raises a StatusError (400, 422)."""
    return checked_options(_body_options(body, body_type(request)) if body.strip() else _query_options(request))


def checked_options(raw: dict[str, Any]) -> DeleteOptions:
    """From their JSON. Raises a StatusError (422)."""
    errors = _delete_faults(raw)
    if errors:
        raise new_invalid(GroupKind("meta.k8s.io", "DeleteOptions"), "", errors)
    preconditions = raw.get("preconditions") or {}
    return DeleteOptions(
        raw.get("gracePeriodSeconds"),
        raw.get("propagationPolicy"),
        raw.get("orphanDependents"),
        preconditions.get("uid"),
        preconditions.get("resourceVersion"),
        bool(raw.get("dryRun")),
    )


_DELETE_OPTIONS = GroupVersionKind("", "v1", "DeleteOptions")
_GO_STRUCT = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'


def _body_options(body: bytes, media_type: str) -> dict[str, Any]:
    syntax = YAMLSyntax() if media_type == YAML else JSONSyntax()
    try:
        raw = syntax.parse(body, None)
    except SyntaxFault as error:
        raise new_bad_request(str(error)) from None
    if not isinstance(raw, dict):
        text = f"json: cannot unmarshal {json_type(raw)} into Go value of type {_GO_STRUCT}"
        raise new_bad_request(f"couldn't get version/kind; json parse error: {text}")
    kind = raw.get("kind") or "DeleteOptions"
    if kind != "DeleteOptions":
        scheme = "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"
        version = raw.get("apiVersion") or "meta.k8s.io/v1"
        raise new_bad_request(f'no kind "{kind}" is registered for version "{version}" in scheme "{scheme}"')
    type = builtin().type_for(_DELETE_OPTIONS)
    assert type is not None
    try:
        return normalize(raw, type)
    except TypeMismatch as error:
        raise new_bad_request(str(error)) from None


def _query_options(request: Request) -> dict[str, Any]:
    query = request.query
    raw: dict[str, Any] = {"gracePeriodSeconds": _integer(request, "gracePeriodSeconds")}
    raw["propagationPolicy"] = query.get("propagationPolicy")
    if query.get("orphanDependents") is not None:
        raw["orphanDependents"] = is_true(query.get("orphanDependents"))
    raw["dryRun"] = query.get_all("dryRun")
    return raw


def _delete_faults(raw: dict[str, Any]) -> ErrorList:
    errors: ErrorList = []
    policy = raw.get("propagationPolicy")
    if policy is not None and raw.get("orphanDependents") is not None:
        detail = "orphanDependents and deletionPropagation cannot be both set"
        errors.append(faults.invalid("propagationPolicy", policy, detail))
    elif policy is not None and policy not in _POLICIES[:-1]:
        errors.append(faults.not_supported("propagationPolicy", policy, _POLICIES))
    return errors + _dry_run_faults(raw.get("dryRun") or [])
