"""The schema table: types with their fields, loaded a group version at a time.

One table describes the built-in types (from the files that `pykubectl.codegen` writes); tables made of CRD schemas
have the same shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pykubectl.machinery.codecs import json
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.structural.kept import KEPT

SCALARS = frozenset(("string", "integer", "number", "boolean"))
# Zero values of scalars.
ZERO = {"string": "", "integer": 0, "number": 0, "boolean": False}
# Fields that the API always leaves out when they are empty although the schema calls them required.
_NO_ZERO = frozenset(("apiVersion", "kind"))
_BUILTIN = "io.k8s."
_COLLECTIONS = frozenset(("array", "map"))
_TIMES = ("time", "micro-time")
# Built-in types whose times are values, not pointers: null where they are not set. Conditions are such types too.
_WITH_TIMES = frozenset(("ContainerStateRunning", "ContainerStateTerminated", "Event", "EventSeries", "VolumeError"))


class Field:
    """A field, a list's items or a map's values.

    ``kind`` is one of string, integer, number, boolean, bytes, quantity, int-or-string, time, micro-time, raw, any,
    object, array, map. ``type`` is the fields of an object with a known type, ``items`` and ``values`` those of lists
    and maps.
    """

    __slots__ = (
        "_ref",
        "_table",
        "default",
        "embedded",
        "enum",
        "format",
        "items",
        "kind",
        "left_out",
        "list_map_keys",
        "list_type",
        "map_type",
        "merge_key",
        "name",
        "patch_strategy",
        "preserve_unknown",
        "required",
        "values",
    )

    def __init__(self, table: SchemaTable, name: str, raw: Mapping[str, Any], *, required: bool = False) -> None:
        self._table = table
        self._ref: str | None = raw.get("ref")
        self.name = name
        self.required = required
        # Absent where it is empty or zero, as Go has it.
        self.left_out = False
        self.kind: str = "int-or-string" if raw.get("int_or_string") else raw["kind"]
        self.format: str = raw.get("format", "")
        self.enum: list[Any] = raw.get("enum", [])
        self.default: Any = raw.get("default")
        self.list_type: str = raw.get("list", "")
        self.list_map_keys: list[str] = raw.get("keys", [])
        self.map_type: str = raw.get("map", "")
        self.merge_key: str = raw.get("merge", "")
        self.patch_strategy: tuple[str, ...] = tuple(raw["patch"].split(",")) if "patch" in raw else ()
        self.preserve_unknown: bool = raw.get("preserve", False)
        self.embedded: bool = raw.get("embedded", False)
        self.items: Field | None = Field(table, name, raw["items"]) if "items" in raw else None
        self.values: Field | None = Field(table, name, raw["values"]) if "values" in raw else None

    @property
    def ref(self) -> str | None:
        """The name of the type, None where it has none of its own."""
        return self._ref

    @property
    def type(self) -> Type | None:
        """The type of an object, None where nothing is known of its fields."""
        return self._table.type(self._ref) if self._ref is not None and self.kind == "object" else None

    @property
    def element(self) -> Field | None:
        """What a list or map holds."""
        return self.items or self.values


class Type:
    """A named type: its fields in no particular order, and the kinds it is."""

    __slots__ = ("builtin", "fields", "gvks", "map_type", "name", "required", "unions", "zeroes")

    def __init__(self, table: SchemaTable, name: str, raw: Mapping[str, Any]) -> None:
        self.name = name
        # Made from a Go struct of Kubernetes, not from somebody's schema.
        self.builtin = name.startswith(_BUILTIN)
        self.required: frozenset[str] = frozenset(raw.get("required", ()))
        self.fields: dict[str, Field] = {
            field: Field(table, field, entry, required=field in self.required)
            for field, entry in raw.get("fields", {}).items()
        }
        if self.builtin:
            self._leave_out()
        self.gvks = tuple(GroupVersionKind(*mark) for mark in raw.get("gvk", ()))
        self.map_type: str = raw.get("map", "")
        self.unions: list[Any] = raw.get("unions", [])
        self.zeroes = self._zeroes()

    def _leave_out(self) -> None:
        kept = KEPT.get(self.short_name, frozenset())
        for name, field in self.fields.items():
            empties = field.kind in _COLLECTIONS or (field.kind in ZERO and name not in kept)
            field.left_out = empties and not field.required

    def _zeroes(self) -> dict[str, Any]:
        """What Go writes for fields that are not set: without ``omitempty``, or structs that are no pointers."""
        required = (self.fields[name] for name in self.required if name in self.fields)
        zeroes = {f.name: ZERO[f.kind] for f in required if f.kind in ZERO and f.name not in _NO_ZERO}
        if self.builtin and (self.name.endswith("Condition") or self.short_name in _WITH_TIMES):
            zeroes |= dict.fromkeys((f.name for f in self.fields.values() if f.kind in _TIMES), None)
        return zeroes

    @property
    def short_name(self) -> str:
        """The name without its package, as Go prints it."""
        return self.name.rsplit(".", 1)[-1]


class SchemaTable:
    """Types by name and by kind. ``load(module)`` gives the raw types of one file and is called once for each."""

    def __init__(
        self, kinds: Mapping[str, str], modules: Mapping[str, str], load: Callable[[str], Mapping[str, Any]]
    ) -> None:
        self._kinds = kinds
        self._modules = modules
        self._load = load
        self._raw: dict[str, Mapping[str, Any]] = {}
        self._types: dict[str, Type] = {}

    def type(self, name: str) -> Type:
        """A type by its full name. Raises KeyError where there is none."""
        found = self._types.get(name)
        if found is None:
            found = self._types[name] = Type(self, name, self._module(self._modules[name])[name])
        return found

    def type_for(self, gvk: GroupVersionKind) -> Type | None:
        """The type of a kind, None where the table has none."""
        name = self._kinds.get(f"{gvk.group}/{gvk.version}/{gvk.kind}")
        return None if name is None else self.type(name)

    def kinds(self) -> list[GroupVersionKind]:
        """Every kind of the table."""
        return [GroupVersionKind(*key.rsplit("/", 2)) for key in self._kinds]

    def module_of(self, name: str) -> str:
        """The file that a type is in. Raises KeyError where there is none."""
        return self._modules[name]

    def raw_types(self, module: str) -> Mapping[str, Any]:
        """All types of a module as the file has them."""
        return self._module(module)

    def modules(self) -> list[str]:
        """The names of the table's files."""
        return sorted(set(self._modules.values()))

    def _module(self, module: str) -> Mapping[str, Any]:
        if module not in self._raw:
            self._raw[module] = self._load(module)
        return self._raw[module]


SCHEMA_DIRECTORY = Path(__file__).resolve().parents[2] / "api" / "schema"


def _read(name: str) -> Any:
    path = SCHEMA_DIRECTORY / f"{name}.json"
    if not path.exists():
        raise RuntimeError(f"{path} is missing: run `make generate`, or install the package again")
    return json.loads(path.read_bytes())


@cache
def builtin() -> SchemaTable:
    """The built-in types of Kubernetes."""
    index = _read("index")
    return SchemaTable(index["kinds"], index["modules"], _read)


@cache
def type_index() -> dict[GroupVersionKind, tuple[str, str]]:
    """Module (below ``pykubectl.api``) and name of the typed class of each built-in kind."""
    types = _read("index")["types"]
    return {GroupVersionKind(*key.rsplit("/", 2)): (module, name) for key, (module, name) in types.items()}


def descriptions(module: str) -> dict[str, Any]:
    """Texts of a module's types and fields: ``{type: {"text": ..., "fields": {field: text}}}``. Read anew each time."""
    found: dict[str, Any] = _read(f"{module}.descriptions")
    return found
