"""What a kind or a field means, from an OpenAPI v3 document.

Source: kubectl ``pkg/explain/v2/templates/plaintext.tmpl``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TextIO

from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.printers.explain.wrap import wrap

Schema = dict[str, Any]

_WIDTH = 80
_SHOWN_VALUES = 4
_METHODS = ("get", "post", "put", "patch", "delete")


class ExplainError(Exception):
    """What is asked about isn't in the document; the text is kubectl's."""


class _Field(NamedTuple):
    """A field's schema below a parent's."""

    name: str
    schema: Schema
    required: bool


def explain(
    document: Schema, resource: GroupVersionResource, path: Sequence[str], out: TextIO, *, recursive: bool = False
) -> None:
    """Writes the text about a resource, or about the field at a path.

    Raises ExplainError for what the document doesn't have; the resource's head is written before a field is missed.
    """
    _Explanation(document, recursive).write(resource, path, out)


class _Explanation:
    def __init__(self, document: Schema, recursive: bool) -> None:
        self._document = document
        self._recursive = recursive

    def write(self, resource: GroupVersionResource, path: Sequence[str], out: TextIO) -> None:
        gvk = self._kind_of(resource)
        if gvk.get("group"):
            out.write(f"GROUP:      {gvk['group']}\n")
        out.write(f"KIND:       {gvk['kind']}\nVERSION:    {gvk['version']}\n\n")
        for schema in self._document["components"]["schemas"].values():
            if gvk in (schema.get("x-kubernetes-group-version-kind") or ()):
                body = self._output(schema, path, frozenset())
                if not body:
                    raise ExplainError(f'error: field "{path[-1]}" does not exist')
                out.write(f"{body}\n")
                return
        raise ExplainError(f"error: GVK {_go_map(gvk)} not found in OpenAPI schema")

    def _kind_of(self, resource: GroupVersionResource) -> dict[str, str]:
        group, version, name = resource
        root = f"/apis/{group}/{version}" if group else f"/api/{version}"
        places = (f"{root}/{name}", f"{root}/namespaces/{{namespace}}/{name}")
        paths = self._document.get("paths") or {}
        for place in places:
            for operations in (paths.get(place), paths.get(f"{place}/{{name}}")):
                for method in _METHODS:
                    gvk: dict[str, str] | None = ((operations or {}).get(method) or {}).get(
                        "x-kubernetes-group-version-kind"
                    )
                    if gvk:
                        return gvk
        shown = f"{group}/{version}, Resource={name}"
        raise ExplainError(f"error: GVR ({shown}) not found in OpenAPI schema")

    def _resolve(self, schema: Schema) -> Schema:
        """The schema itself, or what it refers to."""
        reference = schema.get("$ref") or ""
        if not reference.startswith("#"):
            return schema
        found: Any = self._document
        for step in filter(None, reference[1:].split("/")):
            found = found.get(step) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else schema

    def _output(self, schema: Schema, path: Sequence[str], seen: frozenset[str]) -> str:
        """Description and fields of what the path leads to; empty where it leads nowhere."""
        reference, resolved = schema.get("$ref") or "", self._resolve(schema)
        if not path:
            return self._described(schema, resolved)
        if reference and reference in seen:
            return ""
        seen |= {reference}
        properties = resolved.get("properties") or {}
        if path[0] in properties:
            field = properties[path[0]]
            head = self._field_head(path[0], field) if len(path) == 1 else ""
            rest = self._output(field, path[1:], frozenset())
            return head + rest if rest else ""
        if "items" in resolved:
            return self._output(resolved["items"], path, seen)
        if isinstance(resolved.get("additionalProperties"), dict):
            return self._output(resolved["additionalProperties"], path, seen)
        return next(filter(None, (self._output(part, path, seen) for part in resolved.get("allOf") or ())), "")

    def _described(self, schema: Schema, resolved: Schema) -> str:
        text = "DESCRIPTION:\n"
        text += _indent(wrap(self._description(schema) or "<empty>", _WIDTH - 4), 4) + "\n"
        if resolved.get("externalDocs"):
            text += "\n" + _external_docs(resolved["externalDocs"], 0)
        fields = "".join(self._field_list(schema, 1, frozenset()))
        return f"{text}FIELDS:\n{fields}" if fields else text

    def _field_head(self, name: str, schema: Schema) -> str:
        values = "".join(f"\n    {_value(value)}" for value in schema.get("enum") or ())
        return f"FIELD: {name} <{self._type(schema)}>\n{'ENUM:' if values else ''}{values}\n\n"

    def _description(self, schema: Schema) -> str:
        """The schema's own description, and those of what it is made of."""
        resolved = self._resolve(schema)
        parts = [f"{resolved['description']}\n"] if resolved.get("description") else []
        parts += [self._description(part) for part in resolved.get("allOf") or ()]
        for inner in ("items", "additionalProperties"):
            if isinstance(resolved.get(inner), dict):
                parts.append(self._description(resolved[inner]))
        return "".join(parts)

    def _field_list(self, schema: Schema, level: int, seen: frozenset[str]) -> Iterator[str]:
        reference, resolved = schema.get("$ref") or "", self._resolve(schema)
        if reference and reference in seen:
            return
        seen |= {reference}
        required = resolved.get("required") or ()
        for name, field in sorted((resolved.get("properties") or {}).items()):
            yield self._field_text(_Field(name, field, name in required), level)
            if self._recursive:
                yield from self._field_list(field, level + 1, seen)
        for part in resolved.get("allOf") or ():
            yield from self._field_list(part, level, seen)
        for inner in ("items", "additionalProperties"):
            if isinstance(resolved.get(inner), dict):
                yield from self._field_list(resolved[inner], level, seen)

    def _field_text(self, field: _Field, level: int) -> str:
        indent = level * 2
        text = " " * indent + f"{field.name}\t<{self._type(field.schema)}>{' -required-' if field.required else ''}"
        text += _short_values(field.schema.get("enum") or (), indent) + "\n"
        if self._recursive:
            return text
        description = field.schema.get("description") or "<no description>"
        text += _indent(wrap(description, _WIDTH - 2 - indent), indent + 2) + "\n"
        if field.schema.get("externalDocs"):
            text += "\n" + _external_docs(field.schema["externalDocs"], indent + 2)
        return text + "\n"

    def _type(self, schema: Schema) -> str:
        """``string``, ``Object``, ``[]Container``, ``map[string]Quantity``."""
        if "items" in schema:
            return f"[]{self._type(schema['items'])}"
        if isinstance(schema.get("additionalProperties"), dict):
            return f"map[string]{self._type(schema['additionalProperties'])}"
        if not schema.get("properties") and len(schema.get("allOf") or ()) == 1:
            return self._type(schema["allOf"][0])
        if "$ref" in schema:
            resolved = self._resolve(schema)
            kind = resolved.get("type") if resolved is not schema else None
            if kind in (None, "object"):
                return str(schema["$ref"]).rpartition("/")[2].rpartition(".")[2] or "Object"
            return str(kind)
        kind = schema.get("type")
        return "Object" if kind in (None, "object") else str(kind)


def _short_values(values: Sequence[Any], indent: int) -> str:
    if not values:
        return ""
    more = ", ...." if len(values) > _SHOWN_VALUES else ""
    return f"\n{' ' * indent}enum: {', '.join(map(_value, values[:_SHOWN_VALUES]))}{more}"


def _value(value: Any) -> str:
    return '""' if value == "" else str(value)


def _external_docs(docs: Mapping[str, str], indent: int) -> str:
    text = _indent("EXTERNAL DOCS:", indent) + "\n"
    if docs.get("description"):
        text += _indent(wrap(docs["description"], _WIDTH - 4 - indent), indent + 4) + "\n"
    if docs.get("url"):
        text += _indent(f"URL: {docs['url']}", indent + 4) + "\n"
    return text


def _indent(text: str, amount: int) -> str:
    pad = " " * amount
    return pad + text.replace("\n", f"\n{pad}")


def _go_map(value: Mapping[str, str]) -> str:
    return f"map[{' '.join(f'{key}:{value[key]}' for key in sorted(value))}]"
