"""Controller references: who manages what, adoption and release.

Source: kubernetes ``pkg/controller/controller_ref_manager.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mini_server.controllers.context import Client, Informer
from mini_server.controllers.controller import split_key
from pykubectl.helpers.owners import controller_of, is_controlled_by
from pykubectl.machinery import labels
from pykubectl.machinery.errors import StatusError, is_invalid, is_not_found
from pykubectl.machinery.schema import GroupVersionKind, GroupVersionResource

Object = dict[str, Any]


def controller_reference(owner: Object, gvk: GroupVersionKind) -> Object:
    """A reference that makes ``owner`` an object's controller and blocks its foreground deletion."""
    return {
        "apiVersion": gvk.api_version,
        "kind": gvk.kind,
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def owner_keys(gvk: GroupVersionKind) -> Callable[[Object], Iterable[str]]:
    """For `Controller.watch`: the key of an object's controller where that is of the given kind."""

    def keys(obj: Object) -> Iterable[str]:
        reference = controller_of(obj)
        if reference is None or reference["kind"] != gvk.kind:
            return ()
        if str(reference["apiVersion"]).rpartition("/")[0] != gvk.group:
            return ()
        return (f"{obj['metadata'].get('namespace', '')}/{reference['name']}",)

    return keys


def resolve_controller(owners: Informer, gvk: GroupVersionKind, obj: Object) -> str | None:
    """The key of an object's controller where the cache has that very one, not another one of its name."""
    for key in owner_keys(gvk)(obj):
        owner = owners.get(*split_key(key))
        if owner is not None and is_controlled_by(obj, owner):
            return key
    return None


def without_finalizers(finalizers: Sequence[str]) -> Object:
    """The part of a strategic merge patch of metadata that takes finalizers away and leaves others alone."""
    return {"$deleteFromPrimitiveList/finalizers": list(finalizers)} if finalizers else {}


class Claims:
    """Decides which objects belong to an owner: keeps, adopts and releases.

    ``gvr`` is the objects' resource, ``owner_gvr`` the owner's: it is read anew, uncached, since an owner that is being
    deleted must not adopt. Adopted objects get the finalizers, released ones lose them.
    """

    def __init__(
        self,
        client: Client,
        gvr: GroupVersionResource,
        owner: Object,
        owner_gvr: GroupVersionResource,
        gvk: GroupVersionKind,
        selector: labels.Selector,
        finalizers: Iterable[str] = (),
    ) -> None:
        self._client = client
        self._gvr = gvr
        self._owner = owner
        self._owner_gvr = owner_gvr
        self._gvk = gvk
        self._selector = selector
        self._finalizers = list(finalizers)
        self._may_adopt: bool | None = None

    def claim(self, objects: Iterable[Object]) -> list[Object]:
        """The objects that are the owner's after adoption and release, adopted ones as they are stored now."""
        return [own for obj in objects if (own := self._claim(obj)) is not None]

    def _claim(self, obj: Object) -> Object | None:
        matches = self._selector.matches(obj["metadata"].get("labels") or {})
        reference = controller_of(obj)
        if reference is not None:
            if reference["uid"] != self._owner["metadata"]["uid"]:
                return None
            if matches:
                return obj
            if not self._owner["metadata"].get("deletionTimestamp"):
                self._release(obj)
            return None
        if not matches or obj["metadata"].get("deletionTimestamp"):
            return None
        return self._adopt(obj)

    def _adopt(self, obj: Object) -> Object | None:
        if self._owner["metadata"].get("deletionTimestamp") or not self._owner_is_live():
            return None
        wanted: Object = {"ownerReferences": [controller_reference(self._owner, self._gvk)]}
        return self._patch(obj, {**wanted, "finalizers": self._finalizers} if self._finalizers else wanted)

    def _release(self, obj: Object) -> None:
        wanted: Object = {"ownerReferences": [{"$patch": "delete", "uid": self._owner["metadata"]["uid"]}]}
        self._patch(obj, wanted | without_finalizers(self._finalizers))

    def _patch(self, obj: Object, wanted: Object) -> Object | None:
        meta = obj["metadata"]
        patch = {"metadata": {"uid": meta["uid"], **wanted}}
        try:
            return self._client.strategic_patch(self._gvr, meta.get("namespace", ""), meta["name"], patch)
        except StatusError as error:
            # Gone, or another object of that name: not ours either way.
            if is_not_found(error) or is_invalid(error):
                return None
            raise

    def _owner_is_live(self) -> bool:
        if self._may_adopt is None:
            meta = self._owner["metadata"]
            fresh = self._client.get(self._owner_gvr, meta["namespace"], meta["name"])["metadata"]
            self._may_adopt = fresh["uid"] == meta["uid"] and not fresh.get("deletionTimestamp")
        return self._may_adopt
