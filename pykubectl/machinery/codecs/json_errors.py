"""Go's words for what is wrong with a JSON text; loaded only when something is.

Source: Go ``encoding/json/scanner.go``.
"""

from __future__ import annotations

import json


def explain(data: bytes | str, error: ValueError) -> str:
    """The message that Go's decoder gives for a text that another decoder has refused."""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    try:
        json.loads(text)
    except json.JSONDecodeError as failure:
        return _from_position(text, failure)
    except RecursionError:
        return "exceeded max depth"
    except ValueError:
        # Thousands of digits.
        return "json: cannot unmarshal number into Go value of type float64"
    return str(error)


def _from_position(text: str, failure: json.JSONDecodeError) -> str:
    position = failure.pos
    if text[position : position + 1] == "-" and len(text) > position + 1:
        return f"invalid character {_character(text[position + 1])} in numeric literal"
    if failure.msg.startswith("Unterminated string") or position >= len(text.rstrip()):
        return "unexpected end of JSON input"
    if failure.msg == "Expecting value" and text[position] in _LITERALS:
        return _broken_literal(text[position:])
    character = _character(text[position])
    if failure.msg == "Extra data":
        return f"invalid character {character} after top-level value"
    context = {
        "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
        "Expecting ':' delimiter": "after object key",
        "Expecting value": "looking for beginning of value",
        "Illegal trailing comma before end of object": "looking for beginning of object key string",
        "Illegal trailing comma before end of array": "looking for beginning of value",
    }.get(failure.msg)
    if failure.msg == "Expecting ',' delimiter":
        context = "after array element" if _inside_array(text[:position]) else "after object key:value pair"
    if failure.msg.startswith("Invalid control character"):
        context = "in string literal"
    if failure.msg.startswith("Invalid \\escape"):
        return f"invalid character {_character(text[position + 1])} in string escape code"
    return f"invalid character {character} {context or 'looking for beginning of value'}"


_LITERALS = {"t": "true", "f": "false", "n": "null"}


def _broken_literal(text: str) -> str:
    """``nul1`` and its like: the first character that should be another one."""
    literal = _LITERALS[text[0]]
    for found, wanted in zip(text, literal, strict=False):
        if found != wanted:
            return f"invalid character {_character(found)} in literal {literal} (expecting {_character(wanted)})"
    return "unexpected end of JSON input"


def _character(character: str) -> str:
    special = {"'": "'\\''", '"': "'\"'", "\n": "'\\n'", "\t": "'\\t'", "\r": "'\\r'", "\\": "'\\\\'"}
    if character in special:
        return special[character]
    return f"'{character}'" if character.isprintable() else f"'\\x{ord(character):02x}'"


def _inside_array(text: str) -> bool:
    """Whether the innermost bracket left open is a list's."""
    stack: list[str] = []
    quoted = escaped = False
    for character in text:
        if quoted:
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            quoted = True
        elif character in "[{":
            stack.append(character)
        elif character in "]}" and stack:
            stack.pop()
    return bool(stack) and stack[-1] == "["
