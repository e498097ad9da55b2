"""Owner references.

Source: apimachinery ``pkg/apis/meta/v1/controller_ref.go``.
"""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def controller_of(obj: Object) -> Object | None:
    """The owner reference of the object that manages this one."""
    for reference in obj.get("metadata", {}).get("ownerReferences") or []:
        if reference.get("controller"):
            return dict(reference)
    return None


def is_controlled_by(obj: Object, owner: Object) -> bool:
    """Whether the managing owner is this very object, by its uid."""
    reference = controller_of(obj)
    return reference is not None and reference.get("uid") == owner["metadata"].get("uid")
