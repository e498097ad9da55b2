"""JSON, YAML and name output.

Source: cli-runtime ``pkg/printers/{json,yaml,name}.go``.
"""

from __future__ import annotations

from typing import Any, TextIO

Object = dict[str, Any]


def without_managed_fields(obj: Object) -> Object:
    """The object, or the list, without ``metadata.managedFields``."""
    result = type(obj)(obj)
    meta = result.get("metadata")
    if isinstance(meta, dict) and "managedFields" in meta:
        result["metadata"] = {key: value for key, value in meta.items() if key != "managedFields"}
    if isinstance(result.get("items"), list):
        result["items"] = [without_managed_fields(i) if isinstance(i, dict) else i for i in result["items"]]
    return result


def is_event(obj: Object) -> bool:
    """What a watch with ``--output-watch-events`` prints: the type of an event with its object."""
    return "kind" not in obj and obj.keys() == {"type", "object"}


class JSONPrinter:
    """Indented by four, keys sorted, as Go writes maps; events of a watch on one line each."""

    def __init__(self, *, show_managed_fields: bool = False) -> None:
        self._show = show_managed_fields

    def print_obj(self, obj: Object, out: TextIO) -> None:
        """Writes one object."""
        if is_event(obj):
            out.write(f'{{"type":{to_json(obj["type"])},"object":{to_json(obj["object"], "")}}}\n')
        else:
            out.write(to_json(obj if self._show else without_managed_fields(obj)) + "\n")


def to_json(value: Any, indent: str = "    ") -> str:
    """As kubectl prints JSON, without the line end."""
    from pykubectl.machinery.gojson import dumps

    return dumps(value, indent)


class YAMLPrinter:
    """Several objects are separated by ``---``."""

    def __init__(self, *, show_managed_fields: bool = False) -> None:
        self._show = show_managed_fields
        self._printed = 0

    def print_obj(self, obj: Object, out: TextIO) -> None:
        """Writes one object."""
        from pykubectl.machinery.codecs import yaml

        if self._printed:
            out.write("---\n")
        self._printed += 1
        out.write(yaml.dumps(obj if self._show else without_managed_fields(obj)))


def full_name(obj: Object) -> str:
    """``pod/web``, ``deployment.apps/web``."""
    kind = str(obj.get("kind", "")).lower()
    group, slash, _ = str(obj.get("apiVersion", "")).partition("/")
    name = (obj.get("metadata") or {}).get("name") or "<unknown>"
    return f"{kind}.{group}/{name}" if slash else f"{kind}/{name}"


class NamePrinter:
    """``deployment.apps/web``, followed by what was done where something was."""

    def __init__(self, operation: str = "", *, short: bool = False) -> None:
        self._operation = operation
        self._short = short

    def print_obj(self, obj: Object, out: TextIO) -> None:
        """Writes a line; of a list, one for each of its objects; of a watch event, its object."""
        if is_event(obj):
            obj = obj["object"]
        if isinstance(obj.get("items"), list) and str(obj.get("kind", "")).endswith("List"):
            for item in obj["items"]:
                self.print_obj(item, out)
            return
        suffix = f" {self._operation}" if self._operation and not self._short else ""
        out.write(f"{full_name(obj)}{suffix}\n")
