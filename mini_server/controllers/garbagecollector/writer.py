"""What the garbage collector asks of the API server about an object, given that it is still the one it knows.

Source: kubernetes ``pkg/controller/garbagecollector/operations.go``, ``patch.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.controllers.context import Client
from mini_server.controllers.garbagecollector.graph import FOREGROUND, ORPHAN, Node
from pykubectl.machinery.errors import StatusError, is_not_found

Object = dict[str, Any]


class Writer:
    """``gone`` is told the uid of an object that turns out not to be there."""

    def __init__(self, client: Client, gone: Callable[[str], None]) -> None:
        self._client = client
        self._gone = gone

    def fresh(self, node: Node) -> Object | None:
        """The object as the API server has it, None where it is another one or gone."""
        assert node.gvr is not None
        try:
            current = self._client.get(node.gvr, node.namespace, node.name)
        except StatusError as error:
            if not is_not_found(error):
                raise
            current = None
        if current is None or current["metadata"]["uid"] != node.uid:
            self._gone(node.uid)
            return None
        return current

    def delete(self, node: Node, current: Object, propagation: str | None) -> None:
        """Deletes with the policy asked for, or the one that the object's own finalizers stand for."""
        assert node.gvr is not None
        gvr, meta = node.gvr, current["metadata"]
        finalizers = meta.get("finalizers") or []
        own = "Orphan" if ORPHAN in finalizers else "Foreground" if FOREGROUND in finalizers else "Background"
        _ignoring_not_found(
            lambda: self._client.delete(
                gvr,
                node.namespace,
                node.name,
                uid=node.uid,
                resource_version=meta["resourceVersion"],
                propagation=propagation or own,
            )
        )

    def drop_owners(self, node: Node, current: Object, uids: set[str]) -> None:
        """Takes owner references away."""
        left = [o for o in current["metadata"].get("ownerReferences") or [] if o["uid"] not in uids]
        self._patch(node, current, {"ownerReferences": left or None})

    def unblock_owners(self, node: Node, current: Object) -> None:
        """Lets owners go before the object; what is done with it next goes by the new resource version."""
        references = [{**r, "blockOwnerDeletion": False} for r in current["metadata"].get("ownerReferences") or []]
        patched = self._patch(node, current, {"ownerReferences": references})
        if patched is not None:
            current["metadata"] = patched["metadata"]

    def remove_finalizer(self, node: Node, finalizer: str) -> None:
        """Takes a finalizer away."""
        current = self.fresh(node)
        if current is None or finalizer not in (current["metadata"].get("finalizers") or []):
            return
        left = [name for name in current["metadata"]["finalizers"] if name != finalizer]
        self._patch(node, current, {"finalizers": left or None})

    def _patch(self, node: Node, current: Object, metadata: Object) -> Object | None:
        assert node.gvr is not None
        gvr = node.gvr
        meta = {**metadata, "uid": node.uid, "resourceVersion": current["metadata"]["resourceVersion"]}
        return _ignoring_not_found(lambda: self._client.merge_patch(gvr, node.namespace, node.name, {"metadata": meta}))


def _ignoring_not_found(action: Callable[[], Object | None]) -> Object | None:
    """What is gone already needs nothing done."""
    try:
        return action()
    except StatusError as error:
        if not is_not_found(error):
            raise
    return None
