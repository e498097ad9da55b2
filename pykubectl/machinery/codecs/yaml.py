"""YAML as Kubernetes reads and writes it.

Plain documents go through a small fast reader; everything else through the full one, which is loaded when it is needed.
The values are JSON's: keys are texts, timestamps stay texts, whole floats are integers.
Source: ``sigs.k8s.io/yaml``, apimachinery ``pkg/util/yaml/decoder.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pykubectl.machinery.codecs import yaml_plain
from pykubectl.machinery.codecs.yaml_errors import SeparatorError, YAMLError

__all__ = ["Document", "SeparatorError", "YAMLError", "documents", "dumps", "load_all", "loads"]

_SEPARATOR = "---"


class Document(NamedTuple):
    """One document's text, with the number of its first line in the stream (from 1)."""

    text: str
    line: int


def loads(data: str | bytes, *, strict: bool = False) -> Any:
    """The first document. Of a key written twice the last counts; with ``strict`` it is an error. Raises YAMLError."""
    text = _text(data)
    try:
        return yaml_plain.parse(text, strict=strict)
    except yaml_plain.NotPlain:
        from pykubectl.machinery.codecs.yaml_compose import compose

        return compose(text, strict=strict)


def dumps(obj: Any) -> str:
    """The document as ``kubectl -o yaml`` prints it."""
    from pykubectl.machinery.codecs.yaml_emit import dumps

    return dumps(obj)


def documents(data: str | bytes) -> Iterator[Document]:
    """A stream's documents, divided at lines that begin with ``---``. Raises SeparatorError."""
    lines: list[str] = []
    first = 1
    text = _text(data).removesuffix("\n")
    for number, line in enumerate(text.split("\n") if text else (), 1):
        line = line.removesuffix("\r")
        if line.startswith(_SEPARATOR):
            rest = line[len(_SEPARATOR) :].strip()
            if rest and not rest.startswith("#"):
                raise SeparatorError(rest)
            if lines:
                yield Document("\n".join(lines) + "\n", first)
                lines = []
            first = number + 1
        else:
            lines.append(line)
    if lines:
        yield Document("\n".join(lines) + "\n", first)


def load_all(data: str | bytes, *, strict: bool = False) -> Iterator[Any]:
    """The values of a stream's documents, empty ones left out; a stream of JSON objects is one as well.

    Raises YAMLError at the document that is none, after the ones before it.
    """
    text = _text(data)
    if text.lstrip().startswith("{"):
        yield from _json_stream(text, strict)
        return
    yield from _yaml_stream(text, strict)


def _yaml_stream(text: str, strict: bool) -> Iterator[Any]:
    for document in documents(text):
        value = loads(document.text, strict=strict)
        if value is not None:
            yield value


def _json_stream(text: str, strict: bool) -> Iterator[Any]:
    """JSON objects one after the other; as long as it is not clear that it is JSON, the rest may be YAML."""
    import json

    decoder = json.JSONDecoder()
    position = count = 0
    while position < len(text):
        position += len(text[position:]) - len(text[position:].lstrip())
        if position >= len(text):
            return
        try:
            value, position = decoder.raw_decode(text, position)
        except ValueError as error:
            if count <= 1:
                yield from _rest(text[position:], error, strict)
                return
            raise _json_error(text, error) from None
        count += 1
        yield value


def _rest(text: str, error: ValueError, strict: bool) -> Iterator[Any]:
    try:
        yield from _yaml_stream(text, strict)
    except YAMLError:
        raise _json_error(text, error) from None


def _json_error(text: str, error: ValueError) -> YAMLError:
    from pykubectl.machinery.codecs.json_errors import explain

    problem = explain(text, error)
    if problem == "unexpected end of JSON input":
        # A reader of streams waits for more, where one of texts knows the end.
        return _JSONSyntaxError("unexpected EOF", prefix="")
    # A number's sign is found without fault; what follows it is at fault.
    offset = getattr(error, "pos", 0) + (2 if problem.endswith("in numeric literal") else 1)
    return _JSONSyntaxError(f"json: offset {offset}: {problem}", prefix="")


class _JSONSyntaxError(YAMLError):
    """A stream of JSON that breaks off or goes wrong."""

    @property
    def in_stream(self) -> str:
        return str(self)


def _text(data: str | bytes) -> str:
    if isinstance(data, str):
        return data
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if any(_is_control(character) for character in data[: error.start].decode("utf-8-sig")):
            # libyaml looks at one character after the other: what comes first is told.
            raise YAMLError("control characters are not allowed") from None
        which = "leading UTF-8 octet" if error.reason == "invalid start byte" else "trailing UTF-8 octet"
        raise YAMLError(f"invalid {which}") from None


def _is_control(character: str) -> bool:
    """What no YAML text may hold (libyaml ``readerc.go``)."""
    return not (character >= " " and character != "\x7f") and character not in "\t\n\r"
