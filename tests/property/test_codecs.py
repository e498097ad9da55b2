"""Objects of every kind, with any of their fields, survive being written and read in every format."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pykubectl.api.scheme import builtin_codecs, builtin_scheme
from pykubectl.machinery.codecs.factory import unstructured_deserializer
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.structural.types import Field, Type, builtin

DEPTH = 5
TEXTS = st.text("ab:#-\n '\"0\té☂", max_size=6) | st.sampled_from(["", "on", "1e3", "0x1", "null", "- a", "2001-01-01"])
INTEGERS = {"int64": st.integers(-(2**53), 2**53)}
JSON_VALUES = st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | TEXTS, lambda v: st.lists(v, max_size=2))
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXTS,
    "boolean": st.booleans(),
    "number": st.integers(-9, 9) | st.just(0.5),
    "quantity": st.sampled_from(["1", "100m", "1Gi", "1500m"]),
    "int-or-string": st.integers(0, 9) | st.sampled_from(["25%", "http"]),
    "time": st.just("2024-02-29T12:00:00Z"),
    "micro-time": st.just("2024-02-29T12:00:00.000001Z"),
    "bytes": st.sampled_from(["", "YQ==", "AAECAw=="]),
    "raw": st.dictionaries(st.sampled_from("ab"), JSON_VALUES, max_size=2),
    "any": st.dictionaries(st.sampled_from("ab"), JSON_VALUES, max_size=2),
}


def values(draw: st.DrawFn, field: Field, depth: int) -> Any:
    """A value that fits a field."""
    if field.kind == "integer":
        return draw(INTEGERS.get(field.format, st.integers(-(2**31), 2**31 - 1)))
    if field.kind == "object":
        return content(draw, field.type, depth + 1) if field.type is not None else {}
    if field.kind in ("array", "map"):
        assert field.element is not None
        entries = [values(draw, field.element, depth + 1) for _ in range(draw(st.integers(1, 2)))]
        return entries if field.kind == "array" else {f"k{number}": entry for number, entry in enumerate(entries)}
    return draw(SCALARS[field.kind])


def content(draw: st.DrawFn, type: Type, depth: int = 0) -> dict[str, Any]:
    """An object with a few of its type's fields."""
    names = sorted(set(type.fields) - {"apiVersion", "kind"})
    if not names or depth > DEPTH:
        return {}
    chosen = draw(st.lists(st.sampled_from(names), max_size=3, unique=True))
    if depth < 3 and "spec" in names:
        chosen = [*dict.fromkeys([*chosen, "spec"])]
    return {name: values(draw, type.fields[name], depth) for name in chosen}


@st.composite
def manifests(draw: st.DrawFn) -> dict[str, Any]:
    kind: GroupVersionKind = draw(st.sampled_from(builtin_scheme().kinds()))
    type = builtin().type_for(kind)
    assert type is not None
    return {"apiVersion": kind.api_version, "kind": kind.kind, **content(draw, type)}


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(manifests())
def test_typed_objects_are_read_back_from_every_format(manifest: dict[str, Any]) -> None:
    codecs = builtin_codecs(strict=True)
    json, yaml = codecs.serializer("application/json"), codecs.serializer("application/yaml")
    plain = unstructured_deserializer()
    text = json.encode(
        builtin_scheme().new(GroupVersionKind.from_api_version(manifest["apiVersion"], manifest["kind"]))
    )
    assert plain.decode(text).obj.kind == manifest["kind"]
    obj = json.decode(_written(manifest)).obj
    assert json.decode(json.encode(obj)).obj == obj
    assert yaml.decode(yaml.encode(obj)).obj == obj


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(manifests())
def test_nothing_that_was_said_is_lost(manifest: dict[str, Any]) -> None:
    codecs = builtin_codecs(strict=True)
    obj = codecs.serializer("application/yaml").decode(_written(manifest)).obj
    written = unstructured_deserializer().decode(codecs.serializer("application/json").encode(obj)).obj.to_dict()
    assert (written.pop("apiVersion"), written.pop("kind")) == (manifest["apiVersion"], manifest["kind"])
    _find(manifest, written)


def _written(manifest: dict[str, Any]) -> bytes:
    from pykubectl.machinery.codecs import json

    return json.dumps(manifest)


def _find(said: Any, written: Any) -> None:
    """What was said is there; zero values may be absent, as Go leaves them out, and required fields may be added."""
    if isinstance(said, dict):
        for key, entry in said.items():
            if (key in written or entry not in ({}, [], "", None, 0)) and key not in ("apiVersion", "kind"):
                _find(entry, written.get(key, {}))
    elif isinstance(said, list):
        assert len(said) == len(written)
        for one, other in zip(said, written, strict=True):
            _find(one, other)
    else:
        assert said == written
