"""ControllerRevisions: the templates that a StatefulSet or DaemonSet has had.

Source: kubernetes ``pkg/controller/history/controller_history.go``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from mini_server.controllers.context import Client, Informer
from mini_server.controllers.deletion import delete_known
from mini_server.controllers.deployment.revisions import template_hash
from mini_server.controllers.ownership import controller_reference
from mini_server.controllers.resources import CONTROLLER_REVISIONS
from pykubectl.helpers.owners import is_controlled_by
from pykubectl.machinery.errors import StatusError, is_already_exists
from pykubectl.machinery.schema import GroupVersionKind

Object = dict[str, Any]


class Revisions(NamedTuple):
    """All revisions by age, the one that the template stands for, and how often a name was taken."""

    all: list[Object]
    update: Object
    collisions: int

    def named(self, name: str) -> Object | None:
        """The revision of a name."""
        return next((revision for revision in self.all if revision["metadata"]["name"] == name), None)


class History:
    """The revisions of the owners of one kind; ``hash_label`` is the label that tells a revision's hash."""

    def __init__(self, client: Client, revisions: Informer, gvk: GroupVersionKind, hash_label: str) -> None:
        self._client = client
        self._revisions = revisions
        self._gvk = gvk
        self._hash_label = hash_label

    def sync(self, owner: Object) -> Revisions:
        """Finds the revision of the owner's template, creates it, or renumbers one that is rolled back to."""
        known = sorted(self._owned(owner), key=_age)
        data = {"spec": {"template": {**owner["spec"]["template"], "$patch": "replace"}}}
        collisions = int(owner.get("status", {}).get("collisionCount") or 0)
        equal = [revision for revision in known if revision["data"] == data]
        number = known[-1]["revision"] + 1 if known else 1
        if not equal:
            created, collisions = self._create(owner, data, number, collisions)
            return Revisions([*known, created], created, collisions)
        latest = equal[-1]
        if latest["revision"] == known[-1]["revision"]:
            return Revisions(known, latest, collisions)
        renumbered = self._client.update(CONTROLLER_REVISIONS, {**latest, "revision": number})
        others = [revision for revision in known if revision is not latest]
        return Revisions([*others, renumbered], renumbered, collisions)

    def truncate(self, owner: Object, revisions: Revisions, live: Collection[str]) -> None:
        """Deletes the oldest revisions that nothing uses any more, beyond the owner's limit."""
        limit = owner["spec"].get("revisionHistoryLimit", 10)
        unused = [r for r in revisions.all if r["metadata"]["name"] not in live]
        for revision in unused[: max(0, len(unused) - limit)]:
            delete_known(self._client, CONTROLLER_REVISIONS, revision)

    def _owned(self, owner: Object) -> list[Object]:
        revisions = self._revisions.list(owner["metadata"]["namespace"])
        return [revision for revision in revisions if is_controlled_by(revision, owner)]

    def _create(self, owner: Object, data: Object, number: int, collisions: int) -> tuple[Object, int]:
        """The stored revision, and the number of names that were found taken on the way."""
        while True:
            revision = self._new(owner, data, number, collisions)
            namespace, name = revision["metadata"]["namespace"], revision["metadata"]["name"]
            try:
                return self._client.create(CONTROLLER_REVISIONS, namespace, revision), collisions
            except StatusError as error:
                if not is_already_exists(error):
                    raise
            existing = self._client.get(CONTROLLER_REVISIONS, namespace, name)
            if existing["data"] == data:
                return existing, collisions
            collisions += 1

    def _new(self, owner: Object, data: Object, number: int, collisions: int) -> Object:
        digest = template_hash(owner["spec"]["template"], collisions)
        meta = owner["metadata"]
        own = (owner["spec"]["template"].get("metadata") or {}).get("labels") or {}
        return {
            "apiVersion": "apps/v1",
            "kind": "ControllerRevision",
            "metadata": {
                "name": f"{meta['name']}-{digest}",
                "namespace": meta["namespace"],
                "labels": {**own, self._hash_label: digest},
                "annotations": dict(meta.get("annotations") or {}),
                "ownerReferences": [controller_reference(owner, self._gvk)],
            },
            "data": data,
            "revision": number,
        }


def _age(revision: Object) -> tuple[int, str, str]:
    meta = revision["metadata"]
    return int(revision["revision"]), str(meta.get("creationTimestamp", "")), str(meta["name"])
