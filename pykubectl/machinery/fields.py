"""Field selectors: ``metadata.name=x,status.phase!=Running``.

Source: apimachinery ``pkg/fields/selector.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple


class FieldSelectorError(ValueError):
    """A field selector that cannot be read; the text is Kubernetes' own."""


class Requirement(NamedTuple):
    """One condition: field, operator (``=`` or ``!=``), value."""

    field: str
    operator: str
    value: str

    def matches(self, fields: Mapping[str, str]) -> bool:
        """A field that is not there counts as empty."""
        return (fields.get(self.field, "") == self.value) == (self.operator == "=")

    def __str__(self) -> str:
        return f"{self.field}{self.operator}{escape_value(self.value)}"


class Selector:
    """All requirements must be met. Immutable."""

    __slots__ = ("requirements",)

    def __init__(self, requirements: tuple[Requirement, ...] = ()) -> None:
        self.requirements = requirements

    @property
    def empty(self) -> bool:
        """Matches everything."""
        return not self.requirements

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Whether a set of field values meets every requirement."""
        return all(requirement.matches(fields) for requirement in self.requirements)

    def requires_exact_match(self, field: str) -> str | None:
        """The one value that a field must have, None where it may have several."""
        for requirement in self.requirements:
            if requirement.field == field and requirement.operator == "=":
                return requirement.value
        return None

    def transform(self, function: Callable[[str, str], tuple[str, str]]) -> Selector:
        """A selector with each field and value replaced; what ``function`` raises is passed on."""
        replaced = []
        for requirement in self.requirements:
            name, value = function(requirement.field, requirement.value)
            if name:
                replaced.append(Requirement(name, requirement.operator, value))
        return Selector(tuple(replaced))

    def __str__(self) -> str:
        return ",".join(str(requirement) for requirement in self.requirements)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Selector) and self.requirements == other.requirements

    def __hash__(self) -> int:
        return hash(self.requirements)


_EVERYTHING = Selector()


def everything() -> Selector:
    """Matches every object."""
    return _EVERYTHING


def escape_value(text: str) -> str:
    """With backslashes before what would end a value."""
    return text.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=")


def _unescape(text: str) -> str:
    if not any(character in text for character in "\\,="):
        return text
    result: list[str] = []
    escaped = False
    for character in text:
        if escaped:
            if character not in "\\,=":
                raise FieldSelectorError(f"invalid field selector: invalid escape sequence: \\{character}")
            result.append(character)
            escaped = False
        elif character == "\\":
            escaped = True
        elif character in ",=":
            raise FieldSelectorError(f"invalid field selector: unescaped character in value: {ord(character)}")
        else:
            result.append(character)
    if escaped:
        raise FieldSelectorError("invalid field selector: invalid escape sequence: \\")
    return "".join(result)


def _split(text: str) -> list[str]:
    terms: list[str] = []
    start, escaped = 0, False
    for position, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == ",":
            terms.append(text[start:position])
            start = position + 1
    return [*terms, text[start:]]


def _term(term: str) -> tuple[str, str, str] | None:
    for position in range(len(term)):
        for operator in ("!=", "==", "="):
            if term.startswith(operator, position):
                return term[:position], operator, term[position + len(operator) :]
    return None


def parse(text: str) -> Selector:
    """Reads a field selector. Raises FieldSelectorError with Kubernetes' text."""
    if not text:
        return _EVERYTHING
    requirements = []
    for part in _split(text):
        if not part:
            continue
        term = _term(part)
        if term is None:
            raise FieldSelectorError(f"invalid selector: '{text}'; can't understand '{part}'")
        name, operator, value = term
        requirements.append(Requirement(name, "!=" if operator == "!=" else "=", _unescape(value)))
    # Kubernetes sorts the terms so that equal selectors have equal texts.
    return Selector(tuple(sorted(requirements)))
