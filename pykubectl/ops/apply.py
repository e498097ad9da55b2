"""Client-side apply: a three-way merge of what was applied before, what is wanted, and what is there.

Source: kubectl ``pkg/cmd/apply/{apply,patcher}.go``, ``pkg/util/apply.go``.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from pykubectl.client.resource import MERGE_PATCH, STRATEGIC_MERGE_PATCH
from pykubectl.helpers.annotations import LAST_APPLIED
from pykubectl.machinery import gojson
from pykubectl.machinery.errors import StatusError, is_conflict, is_not_found
from pykubectl.machinery.patch import merge, strategic, strategic_diff
from pykubectl.machinery.structural.types import builtin

if TYPE_CHECKING:
    from collections.abc import Callable

    from pykubectl.machinery.structural.types import Type
    from pykubectl.visitor.info import Info

Object = dict[str, Any]

_ATTEMPTS = 5
_NEVER_APPLIED = (
    "Warning: resource {} is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is required "
    "by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create "
    "--save-config or kubectl apply. The missing annotation will be patched automatically."
)


def apply(
    info: Info, mode: str, validation: str, field_manager: str, overwrite: bool, warn: Callable[[str], None]
) -> str:
    """Brings one object about; ``created``, ``configured`` or ``unchanged``. Sets ``info.obj`` to the result.

    ``warn`` is told of an object that was made without apply.
    """
    wanted = info.object
    modified = with_last_applied(wanted)
    try:
        current = info.client.get(info.name)
    except StatusError as error:
        if not is_not_found(error):
            raise
        return _create(info, modified, mode, validation, field_manager)
    if LAST_APPLIED not in (current["metadata"].get("annotations") or {}):
        warn(_NEVER_APPLIED.format(f"{info.mapping.resource.resource}/{info.name}"))
    for attempt in range(_ATTEMPTS):
        try:
            done = _patch(info, modified, current, mode, validation, field_manager, overwrite)
        except StatusError as error:
            if not is_conflict(error) or attempt == _ATTEMPTS - 1:
                raise
            current = info.client.get(info.name)
            continue
        if info.object["metadata"].get("deletionTimestamp"):
            warn(f"Warning: Detected changes to resource {info.name} which is currently being deleted.")
        return done
    raise AssertionError("the loop returns or raises")


def with_last_applied(obj: Object) -> Object:
    """The object with the annotation that holds what was applied."""
    modified = copy.deepcopy(obj)
    annotations = modified.setdefault("metadata", {}).get("annotations") or {}
    annotations = {name: value for name, value in annotations.items() if name != LAST_APPLIED}
    plain = copy.deepcopy(modified)
    # Go writes the annotation map even where it is empty.
    plain["metadata"]["annotations"] = annotations
    modified["metadata"]["annotations"] = {**annotations, LAST_APPLIED: gojson.dumps(plain) + "\n"}
    return modified


def with_context(error: StatusError, source: str, verb: str = "creating") -> StatusError:
    """The error with the file it is about, as kubectl says it."""
    if error.reason in ("Invalid", "") or not source:
        return error
    return StatusError({**error.status, "message": f'error when {verb} "{source}": {error.message}'})


def _create(info: Info, modified: Object, mode: str, validation: str, field_manager: str) -> str:
    if mode == "client":
        info.obj = modified
        return "created"
    info.obj = info.client.create(
        modified,
        dry_run="All" if mode == "server" else "",
        field_manager=field_manager,
        field_validation=validation,
    )
    return "created"


def _patch(
    info: Info, modified: Object, current: Object, mode: str, validation: str, field_manager: str, overwrite: bool
) -> str:
    schema = builtin().type_for(info.mapping.kind)
    original = _last_applied(current)
    patch, patch_type = _difference(original, modified, current, schema, overwrite)
    if mode == "client":
        info.obj = strategic.apply(current, patch, schema) if schema is not None else merge.apply(current, patch)
        return "unchanged" if info.obj == current else "configured"
    if not patch:
        info.obj = current
        return "unchanged"
    result = info.client.patch(
        info.name,
        patch_type,
        patch,
        dry_run="All" if mode == "server" else "",
        field_manager=field_manager,
        field_validation=validation,
    )
    info.obj = result
    # What was sent counts: kubectl says "configured" also where the server found nothing to change.
    return "configured"


def _last_applied(current: Object) -> Object:
    text = (current.get("metadata", {}).get("annotations") or {}).get(LAST_APPLIED)
    found: Object = json.loads(text) if text else {}
    return found


def _difference(
    original: Object, modified: Object, current: Object, schema: Type | None, overwrite: bool
) -> tuple[Object, str]:
    if schema is None:
        return merge.three_way(original, modified, current), MERGE_PATCH
    patch = strategic_diff.create_three_way(original, modified, current, schema, overwrite=overwrite)
    return patch, STRATEGIC_MERGE_PATCH
