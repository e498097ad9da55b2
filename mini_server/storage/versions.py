"""Resource versions of requests: their syntax, and which revision a list is to be read at.

Source: apiserver ``pkg/storage/api_object_versioner.go``, ``pkg/storage/interfaces.go`` (ValidateListOptions),
apimachinery ``pkg/apis/meta/internalversion/validation/validation.go``.
"""

from __future__ import annotations

from typing import NamedTuple

from mini_server.storage.continuation import decode_continue
from mini_server.storage.errors import plain_error
from mini_server.storage.interface import EXACT, NOT_OLDER_THAN
from pykubectl.machinery.errors import new_bad_request
from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.validation import field
from pykubectl.machinery.validation.field import ErrorList, Path

_MAX_UINT64 = 2**64 - 1


class VersionError(ValueError):
    """A resource version that is no number; the text is the API server's."""


def _parse_uint(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise VersionError(f"strconv.ParseUint: parsing {quote(text)}: invalid syntax")
    number = int(text)
    if number > _MAX_UINT64:
        raise VersionError(f"strconv.ParseUint: parsing {quote(text)}: value out of range")
    return number


def parse(text: str) -> int:
    """A resource version as a number; "" and "0" give 0. VersionError."""
    if text in ("", "0"):
        return 0
    try:
        return _parse_uint(text)
    except VersionError as error:
        raise VersionError(f"resourceVersion: Invalid value: {quote(text)}: {error}") from None


def parse_or_plain_error(text: str) -> int:
    """As get and watch answer to a wrong one: 500 without a reason."""
    try:
        return parse(text)
    except VersionError as error:
        raise plain_error(str(error)) from None


def parse_or_bad_request(text: str) -> int:
    """As list answers to a wrong one: 400."""
    try:
        return parse(text)
    except VersionError as error:
        raise new_bad_request(f"invalid resource version: {error}") from None


class ListStart(NamedTuple):
    """Where a list starts: the revision to read at (0 the newest), the least revision that will do, the first key."""

    revision: int = 0
    at_least: int = 0
    key: str = ""


def list_start(prefix: str, resource_version: str, match: str, limit: int, continue_token: str) -> ListStart:
    """Reads the list options of a request. BadRequest."""
    recursive = prefix.endswith("/")
    if recursive and continue_token:
        key, revision = decode_continue(continue_token, prefix)
        if resource_version not in ("", "0"):
            raise new_bad_request("specifying resource version is not allowed when using continue")
        return ListStart(revision=max(revision, 0), key=key)
    version = parse_or_bad_request(resource_version)
    if match == EXACT or (not match and recursive and limit > 0 and version > 0):
        return ListStart(revision=version)
    if match not in ("", NOT_OLDER_THAN):
        raise plain_error(f"unknown ResourceVersionMatch value: {match}")
    return ListStart(at_least=version)


_MATCH = Path.new("resourceVersionMatch")


def validate_list_options(
    resource_version: str, match: str, continue_token: str, send_initial_events: bool | None
) -> ErrorList:
    """Faults of a list request's options."""
    faults: ErrorList = []
    if match:
        if not resource_version:
            text = "resourceVersionMatch is forbidden unless resourceVersion is provided"
            faults.append(field.forbidden(_MATCH, text))
        if continue_token:
            faults.append(field.forbidden(_MATCH, "resourceVersionMatch is forbidden when continue is provided"))
        if match not in (EXACT, NOT_OLDER_THAN):
            faults.append(field.not_supported(_MATCH, match, [EXACT, NOT_OLDER_THAN, ""]))
        if match == EXACT and resource_version == "0":
            text = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
            faults.append(field.forbidden(_MATCH, text))
    if send_initial_events is not None:
        faults.append(field.forbidden(Path.new("sendInitialEvents"), "sendInitialEvents is forbidden for list"))
    return faults


def validate_watch_options(match: str, continue_token: str, send_initial_events: bool | None) -> ErrorList:
    """Faults of a watch request's options."""
    faults: ErrorList = []
    if send_initial_events is not None and match != NOT_OLDER_THAN:
        text = f"sendInitialEvents requires setting resourceVersionMatch to {NOT_OLDER_THAN}"
        faults.append(field.forbidden(_MATCH, text))
    if match:
        if send_initial_events is None:
            text = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
            faults.append(field.forbidden(_MATCH, text))
        if match != NOT_OLDER_THAN:
            faults.append(field.not_supported(_MATCH, match, [NOT_OLDER_THAN]))
        if continue_token:
            faults.append(field.forbidden(_MATCH, "resourceVersionMatch is forbidden when continue is provided"))
    return faults
