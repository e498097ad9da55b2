"""Label selectors.

Source: apimachinery ``pkg/labels/selector.go`` (grammar, texts) and ``pkg/apis/meta/v1/helpers.go`` (LabelSelector).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pykubectl.machinery.gostrings import parse_int, quote
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import Path

EQUALITY = ("=", "==", "!=")
_SET_OPERATORS = ("in", "notin")
_SPECIAL = "=!(),<>"
_SYMBOLS = frozenset((")", ",", "!", "==", "=", ">", "<", "!=", "("))
_BINARY = ("in", "notin", "=", "==", "!=", "gt", "lt")
_END = ""


class SelectorError(ValueError):
    """A selector that cannot be read; the text is Kubernetes' own."""


class Requirement(NamedTuple):
    """One condition on a label: key, operator (``=``, ``==``, ``!=``, in, notin, exists, !, gt, lt), sorted values."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether a set of labels meets it."""
        value = labels.get(self.key)
        match self.operator:
            case "in" | "=" | "==":
                return value is not None and value in self.values
            case "notin" | "!=":
                return value is None or value not in self.values
            case "exists":
                return value is not None
            case "!":
                return value is None
        return value is not None and _compare(value, self.operator, self.values[0])

    def __str__(self) -> str:
        match self.operator:
            case "exists":
                return self.key
            case "!":
                return f"!{self.key}"
            case "=" | "==" | "!=":
                return f"{self.key}{self.operator}{self.values[0]}"
            case "gt" | "lt":
                return f"{self.key}{'>' if self.operator == 'gt' else '<'}{self.values[0]}"
        return f"{self.key} {self.operator} ({','.join(sorted(self.values))})"


def _is_integer(text: str) -> bool:
    try:
        parse_int(text)
    except ValueError:
        return False
    return True


def _compare(value: str, operator: str, bound: str) -> bool:
    try:
        number, limit = parse_int(value), parse_int(bound)
    except ValueError:
        return False
    return number > limit if operator == "gt" else number < limit


class Selector:
    """All requirements must be met. Immutable; ``str()`` gives a text that `parse` reads back."""

    __slots__ = ("_nothing", "requirements")

    def __init__(self, requirements: tuple[Requirement, ...] = (), *, nothing: bool = False) -> None:
        self.requirements = requirements
        self._nothing = nothing

    @property
    def empty(self) -> bool:
        """Matches everything."""
        return not self._nothing and not self.requirements

    @property
    def matches_nothing(self) -> bool:
        """Matches no object at all."""
        return self._nothing

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether a set of labels meets every requirement."""
        if self._nothing:
            return False
        return all(requirement.matches(labels) for requirement in self.requirements)

    def __str__(self) -> str:
        return ",".join(str(requirement) for requirement in self.requirements)

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, Selector) and self.requirements == other.requirements
        return same and isinstance(other, Selector) and self._nothing == other._nothing

    def __hash__(self) -> int:
        return hash((self.requirements, self._nothing))


_EVERYTHING = Selector()
_NOTHING = Selector(nothing=True)


def everything() -> Selector:
    """Matches every object."""
    return _EVERYTHING


def nothing() -> Selector:
    """Matches no object."""
    return _NOTHING


def selector_from_set(labels: Mapping[str, str]) -> Selector:
    """Matches objects that carry all these labels."""
    return Selector(tuple(Requirement(key, "=", (labels[key],)) for key in sorted(labels)))


def selector_from_label_selector(selector: Mapping[str, Any] | None) -> Selector:
    """From a LabelSelector object; None matches nothing, an empty one everything.

    Raises SelectorError on an unknown operator. Source: ``LabelSelectorAsSelector``.
    """
    if selector is None:
        return _NOTHING
    requirements = [Requirement(key, "=", (value,)) for key, value in (selector.get("matchLabels") or {}).items()]
    for expression in selector.get("matchExpressions") or []:
        operator = _OPERATORS.get(expression.get("operator", ""))
        if operator is None:
            raise SelectorError(f"{quote(str(expression.get('operator', '')))} is not a valid label selector operator")
        values = tuple(sorted(expression.get("values") or ()))
        requirements.append(new_requirement(expression.get("key", ""), operator, values))
    return Selector(tuple(sorted(requirements, key=lambda r: r.key))) if requirements else _EVERYTHING


_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}


def new_requirement(key: str, operator: str, values: tuple[str, ...], path: Path | None = None) -> Requirement:
    """A checked requirement. Raises SelectorError that names every fault."""
    root = path or Path("")
    faults = []
    if complaints := names.is_qualified_name(key):
        faults.append(field.invalid(root.child("key") if path else "key", key, "; ".join(complaints)))
    values_path = str(root.child("values")) if path else "values"
    faults += _value_count_faults(operator, values, values_path)
    for index, value in enumerate(values):
        if e := names.is_valid_label_value(value):
            faults.append(field.invalid(f"{values_path}[{index}][{key}]", value, "; ".join(e)))
    if faults:
        raise SelectorError(field.aggregate_message(faults))
    return Requirement(key, operator, values)


def _value_count_faults(operator: str, values: tuple[str, ...], path: str) -> list[field.FieldError]:
    shown = list(values)
    if operator in _SET_OPERATORS and not values:
        return [field.invalid(path, shown, "for 'in', 'notin' operators, values set can't be empty")]
    if operator in EQUALITY and len(values) != 1:
        return [field.invalid(path, shown, "exact-match compatibility requires one single value")]
    if operator in ("exists", "!") and values:
        return [field.invalid(path, shown, "values set must be empty for exists and does not exist")]
    if operator in ("gt", "lt"):
        if len(values) != 1:
            return [field.invalid(path, shown, "for 'Gt', 'Lt' operators, exactly one value is required")]
        if not _is_integer(values[0]):
            detail = "for 'Gt', 'Lt' operators, the value must be an integer"
            return [field.invalid(f"{path}[0]", values[0], detail)]
    return []


def parse(text: str) -> Selector:
    """Reads ``a=b,c!=d,e in (f,g),!h,i``. Raises SelectorError with Kubernetes' text."""
    if not text:
        return _EVERYTHING
    requirements = _Parser(text).parse()
    return Selector(tuple(sorted(requirements, key=lambda r: r.key)))


def _tokens(text: str) -> list[tuple[str, str]]:
    """(kind, literal) pairs: kind is the symbol, ``in``/``notin``, ``id``, ``error``, and ``""`` at the end."""
    tokens: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character in " \t\r\n":
            position += 1
        elif character in _SPECIAL:
            length = 2 if text[position : position + 2] in _SYMBOLS else 1
            symbol = text[position : position + length]
            tokens.append((symbol, symbol))
            position += length
        else:
            start = position
            while position < len(text) and text[position] not in _SPECIAL and text[position] not in " \t\r\n":
                position += 1
            word = text[start:position]
            tokens.append((word if word in _SET_OPERATORS else "id", word))
    return [*tokens, (_END, "")]


class _Parser:
    """Recursive descent, with one token of look-ahead."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._position = 0

    def parse(self) -> list[Requirement]:
        requirements: list[Requirement] = []
        while True:
            kind, literal = self._peek()
            if kind == _END:
                return requirements
            if kind not in ("id", "!"):
                raise SelectorError(f"found '{literal}', expected: !, identifier, or 'end of string'")
            try:
                requirements.append(self._requirement())
            except SelectorError as error:
                raise SelectorError(f"unable to parse requirement: {error}") from None
            kind, literal = self._next()
            if kind == _END:
                return requirements
            if kind != ",":
                raise SelectorError(f"found '{literal}', expected: ',' or 'end of string'")
            kind, literal = self._peek()
            if kind not in ("id", "!"):
                raise SelectorError(f"found '{literal}', expected: identifier after ','")

    def _peek(self) -> tuple[str, str]:
        """The next token where a value may stand: keywords are plain words there."""
        kind, literal = self._tokens[self._position]
        return ("id" if kind in _SET_OPERATORS else kind), literal

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._position += 1
        return token

    def _requirement(self) -> Requirement:
        kind, literal = self._next()
        negated = kind == "!"
        if negated:
            kind, literal = self._next()
        if kind != "id":
            raise SelectorError(f"found '{literal}', expected: identifier")
        key = literal
        if faults := names.is_qualified_name(key):
            raise SelectorError(f"<nil>: Invalid value: {quote(key)}: {'; '.join(faults)}")
        if negated:
            return Requirement(key, "!")
        if self._peek()[0] in (_END, ","):
            return Requirement(key, "exists")
        operator = self._operator()
        values = self._values() if operator in _SET_OPERATORS else self._exact_value()
        return new_requirement(key, operator, tuple(sorted(values)))

    def _operator(self) -> str:
        kind, literal = self._tokens[self._position]
        self._position += 1
        operator = {">": "gt", "<": "lt"}.get(kind, kind)
        if operator not in _BINARY:
            raise SelectorError(f"found '{literal}', expected: {', '.join(_BINARY)}")
        return operator

    def _exact_value(self) -> set[str]:
        if self._peek()[0] in (_END, ","):
            return {""}
        kind, literal = self._next()
        if kind != "id":
            raise SelectorError(f"found '{literal}', expected: identifier")
        return {literal}

    def _values(self) -> set[str]:
        kind, literal = self._next()
        if kind != "(":
            raise SelectorError(f"found '{literal}' expected: '('")
        kind, literal = self._peek()
        if kind == ")":
            self._next()
            return {""}
        if kind not in ("id", ","):
            raise SelectorError(f"found '{literal}', expected: ',', ')' or identifier")
        values = self._identifiers()
        if self._next()[0] != ")":
            raise SelectorError(f"found '{literal}', expected: ')'")
        return values

    def _identifiers(self) -> set[str]:
        values: set[str] = set()
        while True:
            kind, literal = self._next()
            following, following_literal = self._peek()
            if kind == "id":
                values.add(literal)
                if following == ")":
                    return values
                if following != ",":
                    raise SelectorError(f"found '{following_literal}', expected: ',' or ')'")
            elif kind == ",":
                if not values or following in (",", ")"):
                    values.add("")
                if following == ")":
                    return values
            else:
                raise SelectorError(f"found '{literal}', expected: ',', or identifier")
