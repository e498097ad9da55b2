"""Deletions that do not mind coming late."""

from __future__ import annotations

from typing import Any

from mini_server.controllers.context import Client
from pykubectl.machinery.errors import StatusError, is_not_found
from pykubectl.machinery.schema import GroupVersionResource

Object = dict[str, Any]


def delete_known(client: Client, gvr: GroupVersionResource, obj: Object, *, grace_seconds: int | None = None) -> bool:
    """Deletes this very namespaced object, by its uid; False where it was gone already.

    Raises StatusError where the API server refuses.
    """
    meta = obj["metadata"]
    try:
        client.delete(gvr, meta["namespace"], meta["name"], uid=meta["uid"], grace_seconds=grace_seconds)
    except StatusError as error:
        if is_not_found(error):
            return False
        raise
    return True
