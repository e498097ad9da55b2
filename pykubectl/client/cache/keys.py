"""Keys of cached objects.

Source of the rules: client-go ``tools/cache/store.go``, ``delta_fifo.go``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pykubectl.client.objects import meta


class DeletedFinalStateUnknown(NamedTuple):
    """Stands for an object whose deletion was missed (the watch was down): ``obj`` is its last known state."""

    key: str
    obj: Any


def meta_namespace_key(obj: Any) -> str:
    """``namespace/name``, or ``name`` for an object without a namespace."""
    namespace, name = meta(obj, "namespace"), meta(obj, "name")
    return f"{namespace}/{name}" if namespace else name


def deletion_handling_key(obj: Any) -> str:
    """As :func:`meta_namespace_key`, also for a :class:`DeletedFinalStateUnknown`."""
    return obj.key if isinstance(obj, DeletedFinalStateUnknown) else meta_namespace_key(obj)


def split_key(key: str) -> tuple[str, str]:
    """Namespace and name of a key; the namespace may be empty. Raises ValueError on more than one slash."""
    parts = key.split("/")
    if len(parts) == 1:
        return "", parts[0]
    if len(parts) == 2:
        return parts[0], parts[1]
    raise ValueError(f'unexpected key format: "{key}"')
