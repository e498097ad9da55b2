"""The scheme: which class a kind is, which versions a group has, and what happens to objects between versions.

Source: apimachinery ``pkg/runtime/{scheme,error}.go``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

from pykubectl.machinery.converter import Converter
from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.schema import GroupKind, GroupVersion, GroupVersionKind
from pykubectl.machinery.unstructured import Unstructured, UnstructuredList

# A class, or its name as ``module:Class``: then the module is imported when the class is first asked for.
Class = type[Any] | str
# Fills in, in place, what an object leaves out.
Default = Callable[[Any], None]


class NotRegisteredError(LookupError):
    """The scheme doesn't know a kind, a version or a class."""

    def __str__(self) -> str:
        return str(self.args[0])


class MissingKindError(ValueError):
    """An object says nothing of its kind."""

    def __init__(self, data: str) -> None:
        super().__init__(f"Object 'Kind' is missing in '{data}'")


class MissingVersionError(ValueError):
    """An object says nothing of its version."""

    def __init__(self, data: str) -> None:
        super().__init__(f"Object 'apiVersion' is missing in '{data}'")


class Scheme:
    """A registry of kinds. Fill it first, then share it: reading is thread-safe, registering is not.

    Objects are instances of the registered classes (with attributes ``api_version`` and ``kind``), plain dicts, or
    Unstructured; defaulting and conversion functions are registered by kind and get the objects that the program works
    with.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.converter = Converter()
        self._classes: dict[GroupVersionKind, Class] = {}
        self._kinds: dict[str, list[GroupVersionKind]] = {}
        self._unversioned: set[GroupVersionKind] = set()
        self._versions: dict[str, list[str]] = {}
        self._priorities: dict[str, list[str]] = {}
        self._defaults: dict[GroupVersionKind, Default] = {}

    # Kinds

    def add_known_types(self, group_version: GroupVersion, classes: Mapping[str, Class] | Iterable[type[Any]]) -> None:
        """Registers classes of one group and version, by kind or by their own names. Raises ValueError on a clash."""
        named = classes if isinstance(classes, Mapping) else {cls.__name__: cls for cls in classes}
        for kind, cls in named.items():
            self.add_known_type(group_version.kind(kind), cls)

    def add_known_type(self, kind: GroupVersionKind, cls: Class) -> None:
        """Registers one class. Raises ValueError where the kind is another class already, or has no version."""
        if not kind.version:
            raise ValueError(f"version is required on all types: {kind}")
        name = _class_name(cls)
        known = self._classes.get(kind)
        if known is not None and _class_name(known) != name:
            raise ValueError(f"{kind} is registered as {_class_name(known)} and cannot be {name} as well")
        self._classes[kind] = cls
        kinds = self._kinds.setdefault(name, [])
        if kind not in kinds:
            kinds.append(kind)
        versions = self._versions.setdefault(kind.group, [])
        if kind.version not in versions:
            versions.append(kind.version)

    def add_unversioned_types(self, group_version: GroupVersion, classes: Mapping[str, Class]) -> None:
        """Registers classes that are the same in every version, as Status is: they are never converted."""
        self.add_known_types(group_version, classes)
        self._unversioned.update(group_version.kind(kind) for kind in classes)

    def recognizes(self, kind: GroupVersionKind) -> bool:
        """The kind is registered."""
        return kind in self._classes

    def is_unversioned(self, kind: GroupVersionKind) -> bool:
        """The kind is the same in every version."""
        return kind in self._unversioned

    def kinds(self) -> list[GroupVersionKind]:
        """All registered kinds."""
        return list(self._classes)

    def known_types(self, group_version: GroupVersion) -> dict[str, type[Any]]:
        """The classes of a group and version by kind."""
        return {kind.kind: self.class_of(kind) for kind in self._classes if kind.group_version == group_version}

    def class_of(self, kind: GroupVersionKind) -> type[Any]:
        """The class of a kind. Raises NotRegisteredError."""
        cls = self._classes.get(kind)
        if cls is None:
            raise self._unknown_kind(kind)
        if isinstance(cls, str):
            module, _, name = cls.partition(":")
            cls = self._classes[kind] = getattr(import_module(module), name)
        return cls

    def new(self, kind: GroupVersionKind) -> Any:
        """An empty object of the kind, which says what it is. Raises NotRegisteredError."""
        return self._stamped(self.class_of(kind)(), kind)

    def kinds_of(self, obj: Any) -> list[GroupVersionKind]:
        """The kinds that an object, or a class, can be; the one that the object says it is stands first.

        Raises NotRegisteredError, and of objects without a class MissingKindError and MissingVersionError.
        """
        if isinstance(obj, (Unstructured, UnstructuredList)):
            return [_own_kind(obj.to_dict())]
        if isinstance(obj, dict):
            return [_own_kind(obj)]
        cls = obj if isinstance(obj, type) else type(obj)
        kinds = self._kinds.get(_class_name(cls))
        if not kinds:
            raise NotRegisteredError(
                f"no kind is registered for the type {cls.__module__}.{cls.__qualname__} in scheme {quote(self.name)}"
            )
        said = (getattr(obj, "api_version", None), getattr(obj, "kind", None))
        return sorted(kinds, key=lambda kind: (kind.api_version, kind.kind) != said)

    def kind_of(self, obj: Any) -> GroupVersionKind:
        """The kind of an object or a class; errors as of :meth:`kinds_of`."""
        return self.kinds_of(obj)[0]

    # Versions

    def set_version_priority(self, *versions: GroupVersion) -> None:
        """The order of a group's versions, the preferred one first. Raises ValueError unless they're of one group."""
        groups = {version.group for version in versions}
        if len(groups) != 1:
            raise ValueError("must register versions for exactly one group")
        if not all(version.version for version in versions):
            raise ValueError("version is required")
        self._priorities[groups.pop()] = [version.version for version in versions]

    def prioritized_versions(self, group: str) -> list[GroupVersion]:
        """A group's versions: those with a priority, then the others as they were registered."""
        first = self._priorities.get(group, [])
        rest = [version for version in self._versions.get(group, []) if version not in first]
        return [GroupVersion(group, version) for version in (*first, *rest)]

    def all_prioritized_versions(self) -> list[GroupVersion]:
        """The versions of all groups, group by group in the order in which they were registered."""
        groups = dict.fromkeys([*self._priorities, *self._versions])
        return [version for group in groups for version in self.prioritized_versions(group)]

    def preferred_versions(self) -> list[GroupVersion]:
        """The first version of each group."""
        return [self.prioritized_versions(group)[0] for group in dict.fromkeys([*self._priorities, *self._versions])]

    def versions_of(self, kind: GroupKind) -> list[GroupVersion]:
        """The versions in which there is a kind, by priority."""
        return [v for v in self.prioritized_versions(kind.group) if v.kind(kind.kind) in self._classes]

    def is_group_registered(self, group: str) -> bool:
        """Some kind of the group is registered."""
        return group in self._versions

    def is_version_registered(self, version: GroupVersion) -> bool:
        """Some kind of the version is registered."""
        return version.version in self._versions.get(version.group, [])

    # What happens to objects

    def add_defaulting(self, kind: GroupVersionKind, function: Default) -> None:
        """Registers what fills in a kind's defaults. Raises ValueError where something does already."""
        if kind in self._defaults:
            raise ValueError(f"defaults of {kind} are registered twice")
        self._defaults[kind] = function

    def default(self, obj: Any, kind: GroupVersionKind | None = None) -> None:
        """Fills in, in place, what the object leaves out; nothing for kinds without defaults.

        ``kind`` saves looking for the object's own.
        """
        function = self._defaults.get(self.kind_of(obj) if kind is None else kind)
        if function is not None:
            function(obj)

    def convert(self, obj: Any, target: GroupVersion | GroupVersionKind) -> Any:
        """A new object: of the target's kind, or in the target's version the kind that it is.

        Raises NotRegisteredError where the target has no such kind, ConversionError where there is no way to it.
        """
        source = self.kind_of(obj)
        goal = target.kind(source.kind) if isinstance(target, GroupVersion) else target
        if source == goal or source in self._unversioned:
            return copy.deepcopy(obj)
        if goal not in self._classes:
            raise NotRegisteredError(
                f"{quote(str(source.group_version))} is not suitable for converting to "
                f"{quote(str(goal.group_version))} in scheme {quote(self.name)}"
            )
        return self._stamped(self.converter.convert(obj, source, goal), goal)

    def _stamped(self, obj: Any, kind: GroupVersionKind) -> Any:
        if isinstance(obj, dict):
            return {**obj, "apiVersion": kind.api_version, "kind": kind.kind}
        obj.api_version, obj.kind = kind.api_version, kind.kind
        return obj

    def _unknown_kind(self, kind: GroupVersionKind) -> NotRegisteredError:
        version, scheme = quote(str(kind.group_version)), quote(self.name)
        if not kind.kind:
            return NotRegisteredError(f"no version {version} has been registered in scheme {scheme}")
        return NotRegisteredError(f"no kind {quote(kind.kind)} is registered for version {version} in scheme {scheme}")


def _class_name(cls: Class) -> str:
    return cls if isinstance(cls, str) else f"{cls.__module__}:{cls.__qualname__}"


def _own_kind(content: dict[str, Any]) -> GroupVersionKind:
    from pykubectl.machinery.codecs import json

    api_version, kind = content.get("apiVersion"), content.get("kind")
    if not kind:
        raise MissingKindError(json.dumps(content).decode())
    if not api_version:
        raise MissingVersionError(json.dumps(content).decode())
    return GroupVersionKind.from_api_version(api_version, kind)
