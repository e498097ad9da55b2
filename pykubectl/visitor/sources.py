"""Sources of manifests: files, directories, URLs and standard input.

Source: cli-runtime ``pkg/resource/visitor.go``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import TextIO

from pykubectl.visitor.decoding import Document, ManifestError, documents

EXTENSIONS = (".json", ".yaml", ".yml")
_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_ATTEMPTS = 3
_PAUSE = 1.0
_TIMEOUT = 30.0


class StreamVisitor:
    """The objects of a text in YAML or JSON; lists are taken apart."""

    def __init__(self, read: Callable[[], str], source: str, *, validate: bool) -> None:
        self._read = read
        self._validate = validate
        self.source = source

    def visit(self, fn: Callable[[Document], None]) -> None:
        """Raises ManifestError where the text is broken; what stands before has been visited."""
        for document in documents(self._read(), self.source, validate=self._validate):
            fn(document)


class FileVisitor(StreamVisitor):
    """The objects of a file."""

    def __init__(self, path: str, *, validate: bool = False) -> None:
        super().__init__(lambda: _read(path), path, validate=validate)


class StdinVisitor(StreamVisitor):
    """The objects of standard input."""

    def __init__(self, stdin: TextIO, *, validate: bool = False) -> None:
        super().__init__(lambda: _read_stream(stdin), "STDIN", validate=validate)


class URLVisitor(StreamVisitor):
    """The objects behind a URL."""

    def __init__(self, url: str, *, validate: bool = False, wait: Callable[[float], None] = time.sleep) -> None:
        super().__init__(lambda: _download(url, wait), url, validate=validate)


def file_visitors(path: str, *, recursive: bool = False, validate: bool = False) -> list[FileVisitor]:
    """A visitor for the file, or for each manifest of the directory, by name. Raises ManifestError."""
    if os.path.isdir(path):
        return [FileVisitor(found, validate=validate) for found in _manifests(path, recursive)]
    return [FileVisitor(path, validate=validate)]


def matching(pattern: str) -> list[str]:
    """The path, or the paths that match the pattern. Raises ManifestError where there are none."""
    if os.path.exists(pattern):
        return [pattern]
    import glob

    # As Go's, patterns match hidden files, and links that lead nowhere.
    found = sorted(glob.glob(pattern, include_hidden=True)) or [pattern]
    for path in found:
        _check(path)
    return found


def _check(path: str) -> None:
    try:
        os.stat(path)
    except FileNotFoundError:
        raise ManifestError(f'the path "{path}" does not exist') from None
    except OSError as error:
        raise ManifestError(f'the path "{path}" cannot be accessed: stat {path}: {_reason(error)}') from None


def _manifests(directory: str, recursive: bool) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
    except OSError as error:
        raise ManifestError(f'error reading "{directory}": open {directory}: {_reason(error)}') from None
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if recursive:
                yield from _manifests(entry.path, recursive)
        elif entry.name.endswith(EXTENSIONS):
            yield entry.path


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return decoded(file.read())
    except OSError as error:
        raise ManifestError(f"open {path}: {_reason(error)}") from None


def _read_stream(stream: TextIO) -> str:
    """Bytes where the stream has them: they may be in another encoding."""
    buffer = getattr(stream, "buffer", None)
    try:
        return stream.read() if buffer is None else decoded(buffer.read())
    except OSError as error:
        raise ManifestError(f"error parsing STDIN: read /dev/stdin: {_reason(error)}") from None


def decoded(data: bytes) -> str:
    """The text of a file: in UTF-8, or in what its byte order mark says; what is no character is replaced."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    return data.decode("utf-8", "replace")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _download(url: str, wait: Callable[[float], None]) -> str:
    import requests

    from pykubectl.client.transport.address import parse_host
    from pykubectl.client.transport.full import failure

    fault: Exception = ManifestError(url)
    for attempt in range(_ATTEMPTS):
        if attempt:
            wait(_PAUSE)
        try:
            response = requests.get(url, timeout=_TIMEOUT)
        except requests.RequestException as error:
            fault = failure(error, parse_host(url).netloc)
            continue
        if response.status_code == 200:
            return decoded(response.content)
        text = f'unable to read URL "{url}", server reported {response.status_code} {response.reason}, '
        fault = ManifestError(f"{text}status code={response.status_code}")
        if response.status_code < 500:
            break
    raise fault
