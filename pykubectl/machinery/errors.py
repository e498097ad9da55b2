"""Errors of the API: a Status object raised as an exception.

::

    StatusError
      built by new_not_found, new_already_exists, new_conflict, new_invalid, new_forbidden ...
      told apart by is_not_found, is_already_exists, is_conflict, is_invalid, is_forbidden ...

Source of texts, reasons and codes: apimachinery ``pkg/api/errors/errors.go``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pykubectl.machinery.gostrings import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pykubectl.machinery.schema import GroupKind, GroupResource
    from pykubectl.machinery.validation.field import FieldError

Status = dict[str, Any]

# HTTP codes by reason.
CODES = {
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "AlreadyExists": 409,
    "Conflict": 409,
    "Gone": 410,
    "Invalid": 422,
    "ServerTimeout": 500,
    "Timeout": 504,
    "TooManyRequests": 429,
    "BadRequest": 400,
    "MethodNotAllowed": 405,
    "NotAcceptable": 406,
    "RequestEntityTooLarge": 413,
    "UnsupportedMediaType": 415,
    "InternalError": 500,
    "Expired": 410,
    "ServiceUnavailable": 503,
}


class StatusError(Exception):
    """A refusal by the API. ``status`` is the whole Status object."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.get("message", ""))
        self.status = status

    @classmethod
    def from_status(cls, status: Mapping[str, Any]) -> StatusError:
        """From a decoded Status object."""
        return cls(dict(status))

    @property
    def code(self) -> int:
        """The HTTP status code, 0 where the Status names none."""
        return int(self.status.get("code") or 0)

    @property
    def reason(self) -> str:
        """The machine-readable reason, empty where there is none."""
        return str(self.status.get("reason") or "")

    @property
    def message(self) -> str:
        """The text for people."""
        return str(self.status.get("message") or "")

    @property
    def details(self) -> dict[str, Any]:
        """Kind, name, causes and retryAfterSeconds, where known."""
        return self.status.get("details") or {}

    @property
    def causes(self) -> list[dict[str, Any]]:
        """The single faults of an invalid object."""
        return self.details.get("causes") or []

    @property
    def retry_after_seconds(self) -> int:
        """How long the server asks to wait, 0 where it does not."""
        return int(self.details.get("retryAfterSeconds") or 0)


def new_status_error(
    reason: str, message: str, *, code: int | None = None, details: Status | None = None
) -> StatusError:
    """Any refusal; the code follows from the reason where it is not given."""
    status: Status = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
    }
    if reason:
        status["reason"] = reason
    if details is not None:
        status["details"] = {key: value for key, value in details.items() if value not in ("", None, [], 0)}
    status["code"] = CODES[reason] if code is None else code
    return StatusError(status)


def _resource_details(gr: GroupResource, name: str = "") -> Status:
    return {"name": name, "group": gr.group, "kind": gr.resource}


def new_not_found(gr: GroupResource, name: str) -> StatusError:
    """404: no such object."""
    return new_status_error("NotFound", f"{gr} {quote(name)} not found", details=_resource_details(gr, name))


def new_already_exists(gr: GroupResource, name: str) -> StatusError:
    """409: an object of that name is there."""
    return new_status_error("AlreadyExists", f"{gr} {quote(name)} already exists", details=_resource_details(gr, name))


def new_generate_name_conflict(gr: GroupResource, name: str, retry_after_seconds: int) -> StatusError:
    """409: no free name was found for a generateName."""
    message = f"{gr} {quote(name)} already exists, the server was not able to generate a unique name for the object"
    details = {**_resource_details(gr, name), "retryAfterSeconds": retry_after_seconds}
    return new_status_error("AlreadyExists", message, details=details)


def new_unauthorized(message: str) -> StatusError:
    """401: no or wrong credentials."""
    return new_status_error("Unauthorized", message or "not authorized")


def new_forbidden(gr: GroupResource, name: str, error: object) -> StatusError:
    """403: not allowed; ``error`` says why."""
    if not gr.group and not gr.resource:
        message = f"forbidden: {error}"
    elif not name:
        message = f"{gr} is forbidden: {error}"
    else:
        message = f"{gr} {quote(name)} is forbidden: {error}"
    return new_status_error("Forbidden", message, details=_resource_details(gr, name))


def new_conflict(gr: GroupResource, name: str, error: object) -> StatusError:
    """409: the object has changed since it was read."""
    message = f"Operation cannot be fulfilled on {gr} {quote(name)}: {error}"
    return new_status_error("Conflict", message, details=_resource_details(gr, name))


def new_expired(message: str) -> StatusError:
    """410: the resource version or continue token is too old."""
    return new_status_error("Expired", message)


def new_invalid(gk: GroupKind, name: str, errors: Sequence[FieldError]) -> StatusError:
    """422: the object's fields are at fault."""
    from pykubectl.machinery.validation.field import aggregate_message, to_causes

    message = f"{gk} {quote(name)} is invalid"
    if errors:
        message = f"{message}: {aggregate_message(errors)}"
    details = {"name": name, "group": gk.group, "kind": gk.kind, "causes": to_causes(errors)}
    return new_status_error("Invalid", message, details=details)


def new_bad_request(message: str) -> StatusError:
    """400: the request cannot be understood."""
    return new_status_error("BadRequest", message)


def new_too_many_requests(message: str, retry_after_seconds: int) -> StatusError:
    """429: try again later."""
    return new_status_error("TooManyRequests", message, details={"retryAfterSeconds": retry_after_seconds})


def new_service_unavailable(message: str) -> StatusError:
    """503: not now."""
    return new_status_error("ServiceUnavailable", message)


def new_internal_error(error: object) -> StatusError:
    """500: a fault of the server."""
    return new_status_error(
        "InternalError", f"Internal error occurred: {error}", details={"causes": [{"message": str(error)}]}
    )


def new_timeout(message: str, retry_after_seconds: int) -> StatusError:
    """504: the request's time is over."""
    return new_status_error("Timeout", f"Timeout: {message}", details={"retryAfterSeconds": retry_after_seconds})


def new_request_entity_too_large(message: str) -> StatusError:
    """413: the body is too large."""
    return new_status_error("RequestEntityTooLarge", f"Request entity too large: {message}")


def new_not_acceptable(message: str) -> StatusError:
    """406: none of the accepted media types can be served."""
    return new_status_error("NotAcceptable", message)


# code -> (reason, message) where the server's answer was no Status object
_GENERIC = {
    400: ("BadRequest", "the server rejected our request for an unknown reason"),
    401: ("Unauthorized", "the server has asked for the client to provide credentials"),
    404: ("NotFound", "the server could not find the requested resource"),
    405: ("MethodNotAllowed", "the server does not allow this method on the requested resource"),
    406: ("NotAcceptable", "the server was unable to respond with a content type that the client supports"),
    422: ("Invalid", "the server rejected our request due to an error in our request"),
    429: ("TooManyRequests", "the server has received too many requests and has asked us to try again later"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: (
        "Timeout",
        "the server was unable to return a response in the time allotted, but may still be processing the request",
    ),
}


def _generic(code: int, verb: str, text: str) -> tuple[str, str]:
    if code == 409:
        return ("AlreadyExists" if verb == "POST" else "Conflict"), "the server reported a conflict"
    if code in (403, 415):
        return ("Forbidden" if code == 403 else "UnsupportedMediaType"), text
    if code == 406 and text not in ("", "unknown"):
        return "NotAcceptable", text
    if code in _GENERIC:
        return _GENERIC[code]
    if code >= 500:
        return "InternalError", f"an error on the server ({quote(text)}) has prevented the request from succeeding"
    return "", f"the server responded with the status code {code} but did not return more information"


def new_generic_server_response(
    code: int,
    verb: str,
    gr: GroupResource | None,
    name: str,
    text: str,
    retry_after_seconds: int = 0,
    *,
    unexpected: bool = True,
) -> StatusError:
    """For an answer that is no Status object; ``text`` is its body."""
    reason, message = _generic(code, verb, text)
    has_resource = gr is not None and (gr.group or gr.resource)
    if has_resource:
        subject = f"{gr} {name}" if name else f"{gr}"
        message = f"{message} ({verb.lower()} {subject})"
    details: Status = {"retryAfterSeconds": retry_after_seconds, "name": name}
    if gr is not None:
        details |= {"group": gr.group, "kind": gr.resource}
    if unexpected:
        details["causes"] = [{"reason": "UnexpectedServerResponse", "message": text}]
    return new_status_error(reason, message, code=code, details=details)


def _is(error: BaseException | None, reason: str, code: int | None = None) -> bool:
    if not isinstance(error, StatusError):
        return False
    return error.reason == reason or (code is not None and error.code == code and error.reason not in CODES)


def is_not_found(error: BaseException | None) -> bool:
    """No such object."""
    return _is(error, "NotFound", 404)


def is_already_exists(error: BaseException | None) -> bool:
    """An object of that name is there."""
    return _is(error, "AlreadyExists")


def is_conflict(error: BaseException | None) -> bool:
    """Changed since it was read."""
    return _is(error, "Conflict", 409)


def is_invalid(error: BaseException | None) -> bool:
    """Fields are at fault."""
    return _is(error, "Invalid", 422)


def is_gone(error: BaseException | None) -> bool:
    """No longer there."""
    return _is(error, "Gone", 410)


def is_expired(error: BaseException | None) -> bool:
    """The resource version or continue token is too old."""
    return _is(error, "Expired")


def is_not_acceptable(error: BaseException | None) -> bool:
    """None of the accepted media types can be served."""
    return _is(error, "NotAcceptable", 406)


def is_unsupported_media_type(error: BaseException | None) -> bool:
    """The body's media type is not understood."""
    return _is(error, "UnsupportedMediaType", 415)


def is_method_not_supported(error: BaseException | None) -> bool:
    """The resource does not know the verb."""
    return _is(error, "MethodNotAllowed", 405)


def is_service_unavailable(error: BaseException | None) -> bool:
    """Not now."""
    return _is(error, "ServiceUnavailable", 503)


def is_bad_request(error: BaseException | None) -> bool:
    """The request cannot be understood."""
    return _is(error, "BadRequest", 400)


def is_unauthorized(error: BaseException | None) -> bool:
    """No or wrong credentials."""
    return _is(error, "Unauthorized", 401)


def is_forbidden(error: BaseException | None) -> bool:
    """Not allowed."""
    return _is(error, "Forbidden", 403)


def is_timeout(error: BaseException | None) -> bool:
    """The request's time was over."""
    return _is(error, "Timeout", 504)


def is_server_timeout(error: BaseException | None) -> bool:
    """Not completed in time, may be tried again."""
    return _is(error, "ServerTimeout")


def is_internal_error(error: BaseException | None) -> bool:
    """A fault of the server."""
    return _is(error, "InternalError", 500)


def is_too_many_requests(error: BaseException | None) -> bool:
    """Try again later."""
    return isinstance(error, StatusError) and (error.reason == "TooManyRequests" or error.code == 429)


_TERMINATING = re.compile(r"because it is being terminated$")


def is_namespace_terminating(error: BaseException | None) -> bool:
    """Nothing can be created any more because the namespace is being deleted."""
    if not isinstance(error, StatusError):
        return False
    named = any(cause.get("reason") == "NamespaceTerminating" for cause in error.causes)
    return named or bool(_TERMINATING.search(error.message))
