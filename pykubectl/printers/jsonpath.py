"""Kubernetes' JSONPath.

``{.items[*].metadata.name}``, ``{range .items[*]}...{end}``, filters, slices, unions, recursive descent, text.
Source: client-go ``util/jsonpath/{parser,jsonpath}.go``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TextIO

from pykubectl.machinery.gostrings import quote


class JSONPathError(ValueError):
    """A template that cannot be read or applied; the text is kubectl's."""


class Text(NamedTuple):
    """Literal text."""

    text: str


class FieldStep(NamedTuple):
    """``.name``; an empty name is the object itself."""

    name: str


class Wildcard(NamedTuple):
    """``.*`` or ``[*]``."""


class Recursive(NamedTuple):
    """``..``, or ``..name``: the field of whatever has it."""

    name: str = ""


class Slice(NamedTuple):
    """``[start:end:step]``; None where a part is left out, ``single`` for one number."""

    start: int | None
    end: int | None
    step: int | None
    single: bool = False


class Filter(NamedTuple):
    """``[?(left op right)]``; without an operator: the left side exists."""

    left: tuple[Any, ...]
    operator: str
    right: tuple[Any, ...]


class Union(NamedTuple):
    """``[a,b]``."""

    members: tuple[tuple[Any, ...], ...]


class Literal(NamedTuple):
    """A constant in a filter."""

    value: Any


class Keyword(NamedTuple):
    """``range`` or ``end``."""

    name: str


Step = Any


def relaxed(text: str) -> str:
    """``metadata.name``, ``.metadata.name`` and ``{.metadata.name}`` mean the same (RelaxedJSONPathExpression)."""
    if not text:
        return text
    match = re.fullmatch(r"\{?\.?(.*?)\}?", text, re.DOTALL)
    if match is None or "{" in match[1] or "}" in match[1]:
        raise JSONPathError(
            "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'"
        )
    return "{." + match[1] + "}"


class JSONPath:
    """A parsed template. Raises JSONPathError while parsing; missing keys are errors unless they are allowed."""

    def __init__(self, template: str, *, allow_missing: bool = False) -> None:
        self._nodes = _parse_template(template)
        self._allow_missing = allow_missing

    def find(self, obj: Any) -> list[list[Any]]:
        """The values of each expression. Raises JSONPathError."""
        return [values for values in self._walk(obj) if not isinstance(values, str)]

    def render(self, obj: Any, out: TextIO) -> None:
        """Writes text and values. Raises JSONPathError."""
        for part in self._walk(obj):
            out.write(part if isinstance(part, str) else " ".join(go_value(value) for value in part))

    def _walk(self, obj: Any) -> Iterator[str | list[Any]]:
        yield from self._run(self._nodes, obj)

    def _run(self, nodes: list[Any], obj: Any) -> Iterator[str | list[Any]]:
        position = 0
        while position < len(nodes):
            node = nodes[position]
            if isinstance(node, Text):
                yield node.text
            elif node and isinstance(node[0], Keyword):
                if node[0].name == "range":
                    body, position = _range_body(nodes, position)
                    for value in self._evaluate(node[1:], obj):
                        yield from self._run(body, value)
                    continue
                raise JSONPathError("not in range, nothing to end")
            else:
                yield self._evaluate(node, obj)
            position += 1

    def _evaluate(self, steps: tuple[Step, ...], obj: Any) -> list[Any]:
        values = [obj]
        for step in steps:
            values = [found for value in values for found in self._step(step, value)]
        return values

    def _step(self, step: Step, value: Any) -> list[Any]:
        if isinstance(step, FieldStep):
            return self._field(step.name, value)
        if isinstance(step, Wildcard):
            return list(value) if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
        if isinstance(step, Recursive):
            found = list(_descend(value))
            if not step.name:
                return found
            return [entry[step.name] for entry in found if isinstance(entry, dict) and step.name in entry]
        if isinstance(step, Slice):
            return self._slice(step, value)
        if isinstance(step, Filter):
            return self._filter(step, value)
        if isinstance(step, Union):
            return [found for member in step.members for found in self._evaluate(member, value)]
        return [step.value]

    def _field(self, name: str, value: Any) -> list[Any]:
        if not name:
            return [value]
        if isinstance(value, dict) and name in value:
            return [value[name]]
        if self._allow_missing or value is None:
            return []
        raise JSONPathError(f"{name} is not found")

    def _slice(self, step: Slice, value: Any) -> list[Any]:
        if not isinstance(value, list):
            if self._allow_missing or value is None:
                return []
            raise JSONPathError(f"{go_value(value)} is not array or slice")
        start, end = _bounds(step, len(value))
        return value[start : end : step.step]

    def _filter(self, step: Filter, value: Any) -> list[Any]:
        entries = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
        return [entry for entry in entries if self._passes(step, entry)]

    def _passes(self, step: Filter, entry: Any) -> bool:
        lenient = JSONPath.__new__(JSONPath)
        lenient._nodes, lenient._allow_missing = [], True
        left = lenient._evaluate(step.left, entry)
        if not step.operator:
            return bool(left)
        right = lenient._evaluate(step.right, entry)
        if not left or not right:
            return False
        return _compare(left[0], step.operator, right[0])


def _bounds(step: Slice, length: int) -> tuple[int, int]:
    """First and last-but-one index. Raises JSONPathError; an empty range may lie anywhere."""
    start = step.start or 0
    end = start + 1 if step.single else length if step.end is None else step.end
    if step.single and start < 0:
        # "[-1]" is the last one: its end is counted from the end, too.
        end = length + start + 1
    elif end < 0:
        end += length
    if start < 0:
        start += length
    if start != end:
        if not 0 <= start < length:
            raise JSONPathError(f"array index out of bounds: index {start}, length {length}")
        if not 0 <= end <= length:
            raise JSONPathError(f"array index out of bounds: index {end - 1}, length {length}")
    return start, max(start, end)


def _compare(left: Any, operator: str, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        left, right = go_value(left), go_value(right)
    elif isinstance(left, (int, float)) != isinstance(right, (int, float)):
        raise JSONPathError("incompatible types for comparison")
    match operator:
        case "==":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case ">":
            return bool(left > right)
        case "<=":
            return bool(left <= right)
    return bool(left >= right)


def _descend(value: Any) -> Iterator[Any]:
    yield value
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _descend(child)


def _range_body(nodes: list[Any], start: int) -> tuple[list[Any], int]:
    depth = 0
    for position in range(start, len(nodes)):
        node = nodes[position]
        if isinstance(node, Text) or not node or not isinstance(node[0], Keyword):
            continue
        depth += 1 if node[0].name == "range" else -1
        if depth == 0:
            return nodes[start + 1 : position], position + 1
    raise JSONPathError("unexpected EOF: range without end")


def go_value(value: Any) -> str:
    """A value as kubectl prints it: text as it is, objects and lists as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
        return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f"{value:g}" if isinstance(value, float) else str(value)


def _parse_template(template: str) -> list[Any]:
    nodes: list[Any] = []
    position = 0
    while position < len(template):
        opening = template.find("{", position)
        if opening < 0:
            nodes.append(Text(template[position:]))
            break
        if opening > position:
            nodes.append(Text(template[position:opening]))
        closing = _closing(template, opening)
        nodes.append(_action(template[opening + 1 : closing].strip()))
        position = closing + 1
    return nodes


def _closing(template: str, opening: int) -> int:
    quoted = ""
    position = opening + 1
    while position < len(template):
        character = template[position]
        if quoted:
            if character == "\\":
                position += 1
            elif character == quoted:
                quoted = ""
        elif character in "\"'":
            quoted = character
        elif character == "}":
            return position
        position += 1
    raise JSONPathError("unclosed action")


def _action(text: str) -> Any:
    if text == "end":
        return (Keyword("end"),)
    if text.startswith("range") and (len(text) == 5 or not text[5].isalnum()):
        return (Keyword("range"), *_Scanner(text[5:].strip()).steps())
    if text[:1] in "\"'" and text:
        return Text(_unquote(text))
    return _Scanner(text).steps()


def _unquote(text: str) -> str:
    body = text[1:-1]
    escapes = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}
    return re.sub(r"\\(.)", lambda m: escapes.get(m[1], m[0]), body)


class _Scanner:
    """One expression, step by step."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def steps(self) -> tuple[Step, ...]:
        found: list[Step] = []
        while self._position < len(self._text):
            found += self._next()
        return tuple(found)

    def _peek(self) -> str:
        return self._text[self._position : self._position + 1]

    def _next(self) -> list[Step]:
        character = self._peek()
        if character in " \t\n":
            self._position += 1
            return []
        if character in "@$":
            self._position += 1
            return []
        if character == ".":
            return self._dot()
        if character == "[":
            return [self._bracket()]
        if character in "\"'":
            return [Literal(_unquote(self._quoted()))]
        if character == "*":
            self._position += 1
            return [Wildcard()]
        word = self._word()
        if not word:
            raise JSONPathError(f"unrecognized character in action: U+{ord(character):04X} '{character}'")
        return [_constant(word)]

    def _dot(self) -> list[Step]:
        self._position += 1
        if self._peek() == ".":
            self._position += 1
            name = self._word()
            return [Recursive(name)] if name else [Recursive()]
        if self._peek() == "*":
            self._position += 1
            return [Wildcard()]
        return [FieldStep(self._word())]

    def _word(self) -> str:
        """A field's name; a backslash takes the next character as it is."""
        found: list[str] = []
        while self._position < len(self._text):
            character = self._text[self._position]
            if character == "\\" and self._position + 1 < len(self._text):
                self._position += 1
                character = self._text[self._position]
            elif character in ".[]{}()?!=<>|&'\"@$*, \t\n":
                break
            found.append(character)
            self._position += 1
        return "".join(found)

    def _quoted(self) -> str:
        start, mark = self._position, self._peek()
        self._position += 1
        while self._position < len(self._text) and self._text[self._position] != mark:
            self._position += 2 if self._text[self._position] == "\\" else 1
        if self._position >= len(self._text):
            raise JSONPathError("unterminated quoted string")
        self._position += 1
        return self._text[start : self._position]

    def _bracket(self) -> Step:
        depth, start = 0, self._position
        while self._position < len(self._text):
            character = self._text[self._position]
            if character in "\"'":
                self._quoted()
                continue
            depth += (character == "[") - (character == "]")
            self._position += 1
            if depth == 0:
                return _bracketed(self._text[start + 1 : self._position - 1].strip())
        raise JSONPathError("unterminated array")


_FILTER = re.compile(r"\?\((.*)\)", re.DOTALL)
_OPERATOR = re.compile(r"^(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*)$", re.DOTALL)


def _bracketed(text: str) -> Step:
    if text == "*":
        return Wildcard()
    match = _FILTER.fullmatch(text)
    if match is not None:
        comparison = _OPERATOR.match(match[1].strip())
        if comparison is None:
            return Filter(_Scanner(match[1].strip()).steps(), "", ())
        left, operator, right = comparison[1], comparison[2], comparison[3]
        return Filter(_Scanner(left).steps(), operator, _Scanner(right).steps())
    if "," in text and not text.startswith(("'", '"')):
        return Union(tuple((_bracketed(part.strip()),) for part in text.split(",")))
    if text[:1] in ("'", '"') and text:
        names = re.findall(r"'((?:\\.|[^'])*)'|\"((?:\\.|[^\"])*)\"", text)
        steps = [FieldStep(re.sub(r"\\(.)", r"\1", one or other)) for one, other in names]
        return steps[0] if len(steps) == 1 else Union(tuple((step,) for step in steps))
    return _slice(text)


def _slice(text: str) -> Step:
    match = re.fullmatch(r"(-?\d*)(?::(-?\d*))?(?::(-?\d*))?", text)
    if match is None or not text:
        raise JSONPathError(f"invalid array index {text}")
    parts = [int(part) if part else None for part in match.groups()]
    if ":" not in text:
        return Slice(parts[0], None, None, single=True)
    return Slice(parts[0], parts[1], parts[2])


def _constant(word: str) -> Step:
    if re.fullmatch(r"-?\d+", word):
        return Literal(int(word))
    if re.fullmatch(r"-?\d*\.\d+", word):
        return Literal(float(word))
    if word in ("true", "false"):
        return Literal(word == "true")
    raise JSONPathError(f"unrecognized identifier {word}")


class JSONPathPrinter:
    """Prints what a template makes of an object; ``as_json``: each expression's values as a JSON array."""

    def __init__(self, template: str, *, allow_missing: bool = True, as_json: bool = False) -> None:
        try:
            self._path = JSONPath(template, allow_missing=allow_missing)
        except JSONPathError as error:
            raise JSONPathError(f"error parsing jsonpath {template}, {error}") from None
        self._template = template
        self._as_json = as_json

    def print_obj(self, obj: dict[str, Any], out: TextIO) -> None:
        """Writes it, without a line end of its own. Raises JSONPathError with all that helps to find the fault."""
        try:
            if self._as_json:
                self._print_json(obj, out)
            else:
                self._path.render(obj, out)
        except JSONPathError as error:
            text = f"Error executing template: {error}. Printing more information for debugging the template:\n"
            text += f"\ttemplate was:\n\t\t{self._template}\n"
            text += f"\tobject given to jsonpath engine was:\n\t\t{go_syntax(obj)}\n\n"
            raise JSONPathError(f"error executing jsonpath {quote(self._template)}: {text}\n") from None

    def _print_json(self, obj: dict[str, Any], out: TextIO) -> None:
        from pykubectl.printers.serial import to_json

        for values in self._path.find(obj):
            out.write(to_json(values) + "\n")


def go_syntax(value: Any) -> str:
    """A decoded JSON value as Go source (``%#v``)."""
    if isinstance(value, dict):
        inner = ", ".join(f"{quote(key)}:{go_syntax(value[key])}" for key in sorted(value))
        return f"map[string]interface {{}}{{{inner}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join(go_syntax(entry) for entry in value)}}}"
    if value is None:
        return "interface {}(nil)"
    return quote(value) if isinstance(value, str) else go_value(value)
