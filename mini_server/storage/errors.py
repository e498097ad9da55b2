"""The store's refusals in the API server's words.

Source: apiserver ``pkg/storage/errors.go``, ``pkg/storage/errors/storage.go``, ``pkg/storage/etcd3/errors.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mini_server.kv.interface import StoreClosed, StoreError
from pykubectl.machinery.errors import (
    StatusError,
    new_conflict,
    new_expired,
    new_internal_error,
    new_service_unavailable,
    new_status_error,
    new_timeout,
)

if TYPE_CHECKING:
    from mini_server.storage.interface import Preconditions
    from mini_server.storage.item import Item
    from pykubectl.machinery.schema import GroupResource

_CODE_INVALID_OBJECT = 4
LIST_EXPIRED = "The resourceVersion for the provided list is too old."
CONTINUE_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)
WATCH_EXPIRED = "The resourceVersion for the provided watch is too old."


def plain_error(message: str) -> StatusError:
    """500 without a reason: what an error that is no API status becomes."""
    return new_status_error("", message, code=500)


def precondition_failed(gr: GroupResource, name: str, key: str, what: str, wanted: str, found: str) -> StatusError:
    """409: the object is not the one the request is about. ``what`` is UID or ResourceVersion."""
    detail = f"Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {found}"
    text = (
        f"StorageError: invalid object, Code: {_CODE_INVALID_OBJECT}, Key: {key}, ResourceVersion: 0, "
        f"AdditionalErrorMsg: {detail}"
    )
    return new_conflict(gr, name, text)


def check_preconditions(gr: GroupResource, key: str, item: Item | None, preconditions: Preconditions | None) -> None:
    """Raises a conflict where the object is not the one that is meant; an absent one never is."""
    if preconditions is None:
        return
    metadata = item.obj.get("metadata") or {} if item is not None else {}
    for what, wanted, field in (
        ("UID", preconditions.uid, "uid"),
        ("ResourceVersion", preconditions.resource_version, "resourceVersion"),
    ):
        found = metadata.get(field, "")
        if wanted is not None and wanted != found:
            raise precondition_failed(gr, key.rpartition("/")[2], key, what, wanted, found)


def too_large_resource_version(wanted: int, current: int, retry_seconds: int = 0) -> StatusError:
    """504: the resource version asked for has not been reached."""
    error = new_timeout(f"Too large resource version: {wanted}, current: {current}", retry_seconds)
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    error.status.setdefault("details", {})["causes"] = [cause]
    return error


def too_old_resource_version(wanted: int, oldest: int) -> StatusError:
    """410: the watch cannot start there any more."""
    return new_expired(f"too old resource version: {wanted} ({oldest})")


def list_expired() -> StatusError:
    """410: the resource version of a list is gone."""
    return new_expired(LIST_EXPIRED)


def continue_expired(new_token: str) -> StatusError:
    """410: the revision of a continue token is gone; the new token goes on at the newest revision."""
    error = new_expired(CONTINUE_EXPIRED)
    error.status["metadata"] = {"continue": new_token}
    return error


def not_written(error: StoreError) -> StatusError:
    """500, or 503 while the server stops: the store did not take a write."""
    if isinstance(error, StoreClosed):
        return new_service_unavailable("the server is shutting down")
    return new_internal_error(error)
