"""The full YAML reader: ruamel.yaml's events, put together by go-yaml v2's rules.

Source: go-yaml v2 ``decode.go``, ``sigs.k8s.io/yaml`` convertToJSONableObject.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError as ParserError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.scanner import Scanner

from pykubectl.machinery.codecs.yaml_errors import YAMLError, from_parser
from pykubectl.machinery.codecs.yaml_scalars import MAX_INT, Scalar, as_json, format_float, resolve
from pykubectl.machinery.gostrings import quote

_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
_RESOLVABLE = {"bool": bool, "int": int, "float": float}
_FEW_ALIASES, _FEW_NODES = 100, 1000


class _TabScanner(Scanner):
    """Takes tabs between tokens for spaces where no indentation is counted, as libyaml does."""

    def scan_to_next_token(self) -> Any:
        super().scan_to_next_token()
        while self.reader.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.reader.forward()
            super().scan_to_next_token()


class _Scalar(NamedTuple):
    text: str
    tag: str
    plain: bool
    line: int


class _Mapping(NamedTuple):
    entries: list[tuple[Any, Any]]
    line: int


class _Sequence(NamedTuple):
    entries: list[Any]
    line: int


class _Alias(NamedTuple):
    name: str
    node: Any
    line: int


def compose(text: str, *, strict: bool) -> Any:
    """The first document of a text as JSON values. Raises YAMLError."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)
    yaml.Scanner = _TabScanner
    try:
        tree = _Composer(iter(yaml.parse(text))).document()
    except ParserError as error:
        raise from_parser(error) from None
    except RecursionError:
        raise YAMLError("exceeded max depth of 10000") from None
    if tree is None:
        return None
    constructor = _Constructor(strict)
    value = constructor.value(tree)
    if constructor.faults:
        raise YAMLError("unmarshal errors:\n  " + "\n  ".join(constructor.faults))
    return value


class _Composer:
    """Events to nodes; an alias keeps the node it names."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._anchors: dict[str, Any] = {}

    def document(self) -> Any:
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                tree = self._node(next(self._events))
                # What stands behind the first document is read no further than to its end.
                next(self._events)
                return tree
        return None

    def _node(self, event: Event) -> Any:
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            if event.anchor not in self._anchors:
                raise YAMLError(f"unknown anchor '{event.anchor}' referenced")
            return _Alias(event.anchor, self._anchors[event.anchor], line)
        if isinstance(event, ScalarEvent):
            tag = "" if event.ctag is None else str(event.ctag)
            node: Any = _Scalar(event.value, tag, bool(event.implicit[0]), line)
            self._remember(event, node)
            return node
        if isinstance(event, SequenceStartEvent):
            node = _Sequence([], line)
            self._remember(event, node)
            while not isinstance(entry := next(self._events), SequenceEndEvent):
                node.entries.append(self._node(entry))
            return node
        node = _Mapping([], line)
        self._remember(event, node)
        while not isinstance(key := next(self._events), MappingEndEvent):
            named = self._node(key)
            node.entries.append((named, self._node(next(self._events))))
        return node

    def _remember(self, event: ScalarEvent | SequenceStartEvent | MappingStartEvent | Any, node: Any) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = node


class _Constructor:
    """Nodes to values."""

    def __init__(self, strict: bool) -> None:
        self._strict = strict
        self.faults: list[str] = []
        self._open: list[str] = []
        self._nodes = self._aliased = 0

    def value(self, node: Any) -> Any:
        self._count()
        if isinstance(node, _Alias):
            return self._alias(node)
        if isinstance(node, _Scalar):
            return _json_number(_construct(node))
        if isinstance(node, _Sequence):
            return [self.value(entry) for entry in node.entries]
        result: dict[str, Any] = {}
        self._fill(result, node)
        return result

    def _count(self) -> None:
        self._nodes += 1
        self._aliased += bool(self._open)
        many = self._aliased > _FEW_ALIASES and self._nodes > _FEW_NODES
        if many and self._aliased / self._nodes > _share(self._nodes):
            raise YAMLError("document contains excessive aliasing")

    def _alias(self, node: _Alias) -> Any:
        if node.name in self._open:
            raise YAMLError(f"anchor '{node.name}' value contains itself")
        self._open.append(node.name)
        value = self.value(node.node)
        self._open.pop()
        return value

    def _fill(self, result: dict[str, Any], node: _Mapping) -> None:
        for key, entry in node.entries:
            if isinstance(key, _Scalar) and key.text == "<<" and (key.plain or key.tag == _MERGE):
                self._merge(result, entry)
                continue
            name = self._key(key, entry)
            value = self.value(entry)
            if self._strict and name in result:
                self.faults.append(f"line {entry.line}: key {quote(name)} already set in map")
            else:
                result[name] = value

    def _merge(self, result: dict[str, Any], node: Any) -> None:
        sources = reversed(node.entries) if isinstance(node, _Sequence) else [node]
        for source in sources:
            target = source.node if isinstance(source, _Alias) else source
            if not isinstance(target, _Mapping):
                raise YAMLError("map merge requires map or sequence of maps as the value")
            if isinstance(source, _Alias):
                result.update(self._alias(source))
            else:
                self._fill(result, target)

    def _key(self, node: Any, entry: Any) -> str:
        target = node.node if isinstance(node, _Alias) else node
        if not isinstance(target, _Scalar):
            kind = "map[interface {}]interface {}" if isinstance(target, _Mapping) else "[]interface {}"
            raise YAMLError(f"invalid map key: {kind}{{{_go_entries(self.value(target))}}}")
        key = _construct(target)
        if key is None:
            raise YAMLError(
                f"unsupported map key of type: %!s(<nil>), key: <nil>, value: {_go_top(self.value(entry))}", prefix=""
            )
        if isinstance(key, int) and key > MAX_INT:
            raise YAMLError(
                f"unsupported map key of type: uint64, key: {key:#x}, value: {_go_top(self.value(entry))}", prefix=""
            )
        return _key_text(key)


def _share(nodes: int) -> float:
    """The part of all nodes that may come from aliases: 99 % of a small document, 10 % of a huge one."""
    low, high = 400_000, 4_000_000
    if nodes <= low:
        return 0.99
    return 0.10 if nodes >= high else 0.99 - 0.89 * (nodes - low) / (high - low)


def _construct(node: _Scalar) -> Scalar:
    tag = node.tag
    if not tag:
        return resolve(node.text) if node.plain else node.text
    short = tag.removeprefix(_TAG) if tag.startswith(_TAG) else ""
    if short == "binary":
        try:
            return base64.b64decode(node.text, validate=False).decode("utf-8", "replace")
        except binascii.Error:
            raise YAMLError("!!binary value contains invalid base64 data") from None
    if short == "null" or short in _RESOLVABLE:
        return _tagged(node.text, short)
    return node.text


def _tagged(text: str, short: str) -> Scalar:
    value = resolve(text)
    if short == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    found = "null" if value is None else next((n for n, t in _RESOLVABLE.items() if type(value) is t), "str")
    if found != short:
        raise YAMLError(f"cannot decode !!{found} `{text}` as a !!{short}")
    return value


def _json_number(value: Scalar) -> Scalar:
    if isinstance(value, float) and not math.isfinite(value):
        text = {".inf": "+Inf", "-.inf": "-Inf"}.get(format_float(value), "NaN")
        raise YAMLError(f"json: unsupported value: {text}", prefix="")
    return as_json(value)


def _key_text(key: str | int | float | bool) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return format_float(key, single=True) if isinstance(key, float) else str(key)


def _go(value: Any) -> str:
    """A value in Go's ``%#v``."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, dict):
        return f"map[interface {{}}]interface {{}}{{{_go_entries(value)}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{_go_entries(value)}}}"
    if value is None:
        return "interface {}(nil)"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _go_entries(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_go(key)}:{_go(entry)}" for key, entry in sorted(value.items()))
    return ", ".join(_go(entry) for entry in value)


def _go_top(value: Any) -> str:
    return "<nil>" if value is None else _go(value)
