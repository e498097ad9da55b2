"""Lines broken at words.

Source: ``github.com/mitchellh/go-wordwrap``, which kubectl wraps descriptions with.
"""

from __future__ import annotations

_NO_BREAK_SPACE = "\u00a0"


def wrap(text: str, limit: int) -> str:
    """Breaks lines at white space so that they are at most ``limit`` characters wide; a longer word stays whole.

    White space at a break is dropped, all other is kept.
    """
    lines: list[str] = []
    line, space, word = "", "", ""
    for character in text:
        if character == "\n":
            if word:
                line += space + word
            elif len(line) + len(space) <= limit:
                line += space
            lines.append(line)
            line, space, word = "", "", ""
        elif character.isspace() and character != _NO_BREAK_SPACE:
            if word:
                line += space + word
                space, word = "", ""
            space += character
        else:
            word += character
            if line and len(line) + len(space) + len(word) > limit and len(word) < limit:
                lines.append(line)
                line, space = "", ""
    if word:
        line += space + word
    elif len(line) + len(space) <= limit:
        line += space
    lines.append(line)
    return "\n".join(lines)
