"""go-yaml's words for texts that are no YAML.

Source: go-yaml v2 ``scannerc.go``, ``parserc.go`` and ``decode.go`` (parser.fail).
"""

from __future__ import annotations

from typing import Any


class YAMLError(ValueError):
    """A text that is not the YAML it should be: ``yaml: line 3: did not find expected key``.

    ``line`` is the line that the message names (0 without one). ``in_stream`` is the message as commands give it after
    the file's name, for a text that is one of a stream of documents.
    """

    def __init__(self, problem: str, line: int = 0, *, prefix: str = "yaml: ") -> None:
        where = f"line {line}: " if line else ""
        super().__init__(f"{prefix}{where}{problem}")
        self.problem = problem
        self.line = line

    @property
    def in_stream(self) -> str:
        """The message with what the reader of streams puts before it."""
        return f"error converting YAML to JSON: {self}"


class SeparatorError(YAMLError):
    """Something else than a comment stands behind the ``---`` that divides documents."""

    def __init__(self, rest: str) -> None:
        super().__init__(f"invalid Yaml document separator: {rest}", prefix="")

    @property
    def in_stream(self) -> str:
        return str(self)


# How the messages of the Python scanner and parser begin, with what go-yaml says of the same.
_PROBLEMS = {
    "mapping values are not allowed": "mapping values are not allowed in this context",
    "mapping keys are not allowed": "mapping keys are not allowed in this context",
    "sequence entries are not allowed": "block sequence entries are not allowed in this context",
    "found character": "found character that cannot start any token",
    "could not find expected": "could not find expected ':'",
    "expected <block end>": "did not find expected key",
    "expected the node content": "did not find expected node content",
    "expected ',' or ']'": "did not find expected ',' or ']'",
    "expected ',' or '}'": "did not find expected ',' or '}'",
    "expected '<document start>'": "did not find expected <document start>",
    "found undefined tag handle": "found undefined tag handle",
    "found unknown escape character": "found unknown escape character",
    "expected escape sequence": "did not find expected hexdecimal number",
    "expected indentation indicator": "found an indentation indicator equal to 0",
    "expected a comment or a line break": "did not find expected comment or line break",
    "expected chomping or indentation": "did not find expected comment or line break",
    "expected alphabetic or numeric": "did not find expected alphabetic or numeric character",
    "found incompatible YAML document": "found incompatible YAML document",
    "special characters are not allowed": "control characters are not allowed",
    "found a tab character": "found a tab character that violates indentation",
}


def from_parser(error: Any) -> YAMLError:
    """The error of a library's ``MarkedYAMLError`` or reader, in go-yaml's words and with go-yaml's line."""
    found = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    problem = next((text for start, text in _PROBLEMS.items() if found.startswith(start)), found)
    if str(getattr(error, "context", "")).startswith("while parsing a block collection"):
        problem = "did not find expected '-' indicator"
    scanner = type(error).__name__ == "ScannerError"
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    line = mark.line if mark is not None else 0
    if line:
        # A scanner stops before it counts its line; the parser's count from zero is taken as it is.
        line += 1 if scanner else 0
    elif context is not None:
        line = context.line
    return YAMLError(problem, line)
