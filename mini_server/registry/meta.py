"""Rules for metadata that hold for every resource.

Source: apiserver ``pkg/registry/rest/{create,update,meta}.go``, apimachinery ``pkg/api/validation/objectmeta.go``.
"""

from __future__ import annotations

import random
import uuid
from datetime import datetime
from typing import Any

from pykubectl.machinery.errors import new_bad_request
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]

# The random part of generated names, without vowels and look-alikes.
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_MAX_GENERATED_BASE = 63 - 5

# Fields that only the server sets.
_SYSTEM_FIELDS = ("selfLink", "managedFields", "deletionTimestamp", "deletionGracePeriodSeconds")


def fill_system_fields(meta: Object, now: datetime, *, generation: bool) -> None:
    """uid, creation time and first generation of a new object; what a client sent of them is dropped."""
    for name in _SYSTEM_FIELDS:
        meta.pop(name, None)
    meta["uid"] = str(uuid.uuid4())
    meta["creationTimestamp"] = format_time(now)
    if generation:
        meta["generation"] = 1


def generate_name(base: str, chance: random.Random) -> str:
    """``base`` with five random characters; a long base is cut."""
    return base[:_MAX_GENERATED_BASE] + "".join(chance.choice(_ALPHABET) for _ in range(5))


def ensure_namespace(obj: Object, namespace: str, *, namespaced: bool) -> None:
    """Puts the request's namespace into the object. Raises where the object says another one."""
    meta = obj.setdefault("metadata", {})
    own = meta.get("namespace", "")
    if not namespaced:
        meta.pop("namespace", None)
        if own:
            raise new_bad_request(
                "the namespace of the provided object does not match the namespace sent on the request"
            )
        return
    if own and own != namespace:
        raise new_bad_request("the namespace of the provided object does not match the namespace sent on the request")
    meta["namespace"] = namespace


def keep_immutable(meta: Object, old: Object) -> None:
    """Metadata that an update cannot change, or that is filled in where the client left it out."""
    meta["creationTimestamp"] = old.get("creationTimestamp", meta.get("creationTimestamp"))
    if not meta.get("uid"):
        meta["uid"] = old.get("uid", "")
    if "generation" in old:
        meta["generation"] = old["generation"]
    else:
        meta.pop("generation", None)
    if "deletionTimestamp" in old:
        meta["deletionTimestamp"] = old["deletionTimestamp"]
    if "deletionGracePeriodSeconds" in old:
        meta.setdefault("deletionGracePeriodSeconds", old["deletionGracePeriodSeconds"])
    for name in ("selfLink", "managedFields"):
        meta.pop(name, None)
    if old.get("generateName") and not meta.get("generateName"):
        meta["generateName"] = old["generateName"]


def spec_changed(obj: Object, old: Object) -> bool:
    """Whether anything but metadata and status differs: that is a new generation."""
    ignored = ("metadata", "status", "apiVersion", "kind")
    return {k: v for k, v in obj.items() if k not in ignored} != {k: v for k, v in old.items() if k not in ignored}
