"""RESTMapper: from what people write to resources, and from kinds to resources.

Source: apimachinery ``pkg/api/meta/restmapper.go``, client-go ``restmapper``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.schema import GroupKind, GroupResource, GroupVersion, GroupVersionKind, GroupVersionResource

Document = dict[str, Any]
Load = Callable[[bool], tuple[list[Document], list[Document]]]


class RESTMapping(NamedTuple):
    """A resource with its kind, scope and names."""

    resource: GroupVersionResource
    kind: GroupVersionKind
    namespaced: bool
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()


class NoMatch(LookupError):
    """No resource or kind of that name; the text is kubectl's."""


class RESTMapper:
    """``load(fresh)`` gives APIGroups and APIResourceLists, from a cache unless ``fresh``.

    A name that is not found is looked for once more in fresh data.
    """

    def __init__(self, load: Load) -> None:
        self._load = load
        self._mappings: list[RESTMapping] | None = None
        self._fresh = False

    def mappings(self) -> list[RESTMapping]:
        """All resources: groups in the server's order, the preferred version of each first."""
        if self._mappings is None:
            self._mappings = _read(*self._load(self._fresh))
        return self._mappings

    def refresh(self) -> bool:
        """Asks the server again; False where that was done before."""
        if self._fresh:
            return False
        self._fresh = True
        self._mappings = None
        return True

    def by_name(self, text: str) -> RESTMapping:
        """``pods``, ``po``, ``deployment``, ``deployments.apps``, ``deployments.v1.apps``. Raises NoMatch."""
        found = self._find(lambda: self._named(text))
        if found is None:
            raise NoMatch(f"the server doesn't have a resource type {quote(text.partition('.')[0])}")
        return found

    def all_named(self, name: str) -> list[RESTMapping]:
        """Every resource of a name, singular, kind or short name, whatever its group; the preferred first."""
        wanted = name.lower()
        return [
            m
            for m in self.mappings()
            if wanted in (m.resource.resource, m.singular, m.kind.kind.lower(), *m.short_names)
        ]

    def by_category(self, name: str) -> list[RESTMapping]:
        """The resources of a category such as ``all``, each in its preferred version; none without such a category."""
        found: dict[GroupResource, RESTMapping] = {}
        for mapping in self.mappings():
            if name in mapping.categories and "/" not in mapping.resource.resource:
                found.setdefault(mapping.resource.group_resource, mapping)
        return list(found.values())

    def by_kind(self, gvk: GroupVersionKind) -> RESTMapping:
        """The resource of a kind; without a version its preferred one. Raises NoMatch with kubectl's text."""
        found = self._find(lambda: self._of_kind(gvk))
        if found is None:
            text = f'no matches for kind "{gvk.kind}" in version "{gvk.api_version}"'
            raise NoMatch(text)
        return found

    def by_group_kind(self, gk: GroupKind) -> RESTMapping | None:
        """The preferred version of a kind."""
        return next((m for m in self.mappings() if m.kind.group_kind == gk), None)

    def _find(self, look: Callable[[], RESTMapping | None]) -> RESTMapping | None:
        found = look()
        if found is None and self.refresh():
            found = look()
        return found

    def _of_kind(self, gvk: GroupVersionKind) -> RESTMapping | None:
        if not gvk.version:
            return self.by_group_kind(gvk.group_kind)
        return next((m for m in self.mappings() if m.kind == gvk), None)

    def _named(self, text: str) -> RESTMapping | None:
        text = text.lower()
        name, _, rest = text.partition(".")
        if not rest:
            return self._best(name, lambda m: True)
        version, dot, group = rest.partition(".")
        found = None
        if dot:
            found = self._best(name, lambda m: m.resource.version == version and m.resource.group == group)
        # "deployments.apps" may also mean the beginning of a longer group's name.
        return (
            found
            or self._best(name, lambda m: m.resource.group == rest)
            or self._best(name, lambda m: m.resource.group.startswith(rest))
        )

    def _best(self, name: str, fits: Callable[[RESTMapping], bool]) -> RESTMapping | None:
        candidates = [m for m in self.mappings() if fits(m)]
        for names in (
            lambda m: (m.resource.resource,),
            lambda m: (m.singular, m.kind.kind.lower()),
            lambda m: m.short_names,
        ):
            for mapping in candidates:
                if name in names(mapping):
                    return mapping
        return None


def _read(groups: Iterable[Document], lists: Iterable[Document]) -> list[RESTMapping]:
    by_version = {document["groupVersion"]: document for document in lists}
    mappings: list[RESTMapping] = []
    for group in groups:
        preferred = (group.get("preferredVersion") or {}).get("groupVersion", "")
        versions = [v["groupVersion"] for v in group.get("versions") or []]
        for group_version in sorted(versions, key=lambda v: v != preferred):
            document = by_version.get(group_version)
            if document is not None:
                mappings += _entries(document)
    return mappings


def _entries(document: Document) -> list[RESTMapping]:
    group, version = GroupVersion.parse(document["groupVersion"])
    return [
        RESTMapping(
            GroupVersionResource(group, version, entry["name"]),
            GroupVersionKind(entry.get("group") or group, entry.get("version") or version, entry["kind"]),
            entry["namespaced"],
            entry.get("singularName") or "",
            tuple(entry.get("shortNames") or ()),
            tuple(entry.get("categories") or ()),
            tuple(entry.get("verbs") or ()),
        )
        for entry in document.get("resources") or []
        if "/" not in entry["name"]
    ]
