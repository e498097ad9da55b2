"""Manifests from files, directories, URLs and standard input.

Source: cli-runtime ``pkg/resource/visitor.go``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple, TextIO

Object = dict[str, Any]

EXTENSIONS = (".json", ".yaml", ".yml")


class Document(NamedTuple):
    """An object with the place it comes from."""

    obj: Object
    source: str


class ManifestError(Exception):
    """A manifest that cannot be read; the text is kubectl's."""


def read_paths(paths: list[str], stdin: TextIO, *, recursive: bool = False) -> Iterator[Document]:
    """The objects of all paths in order; directories by name. Lists are taken apart. Raises ManifestError."""
    for path in paths:
        if path == "-":
            yield from _documents(stdin.read(), "STDIN")
        elif path.startswith(("http://", "https://")):
            yield from _documents(_download(path), path)
        else:
            for file in _expand(path, recursive):
                yield from _documents(_read(file), file)


def _expand(path: str, recursive: bool) -> list[str]:
    if not os.path.exists(path):
        raise ManifestError(f'the path "{path}" does not exist')
    if not os.path.isdir(path):
        return [path]
    found: list[str] = []
    for directory, folders, files in os.walk(path):
        folders.sort()
        if not recursive:
            folders.clear()
        found += [os.path.join(directory, name) for name in sorted(files) if name.endswith(EXTENSIONS)]
    if not found:
        raise ManifestError(f"error reading [{path}]: recognized file extensions are [.json .yaml .yml]")
    return found


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise ManifestError(f"open {path}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError:
        raise ManifestError(f"error parsing {path}: yaml: invalid leading UTF-8 octet") from None


def _download(url: str) -> str:
    import requests

    try:
        response = requests.get(url, timeout=30)
    except requests.RequestException as error:
        raise ManifestError(f"unable to read URL {url!r}: {error}") from None
    if response.status_code != 200:
        text = f'unable to read URL "{url}", server reported {response.status_code} {response.reason}'
        raise ManifestError(f"{text}, status code={response.status_code}")
    return response.text


def _documents(text: str, source: str) -> Iterator[Document]:
    from pykubectl.machinery.codecs import yaml

    try:
        for value in yaml.load_all(text):
            yield from _flatten(value, source)
    except yaml.YAMLError as error:
        raise ManifestError(f"error parsing {source}: {error.in_stream}") from None


def _flatten(value: Any, source: str) -> Iterator[Document]:
    if not isinstance(value, dict):
        kind = "array" if isinstance(value, list) else "string" if isinstance(value, str) else "number"
        go = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
        text = f"couldn't get version/kind; json parse error: json: cannot unmarshal {kind} into Go value of type {go}"
        raise ManifestError(f'unable to decode "{source}": {text}' if source != "STDIN" else text)
    if not value:
        return
    if not value.get("kind"):
        raise _invalid(source, "kind not set")
    if not value.get("apiVersion"):
        raise _invalid(source, "apiVersion not set")
    if str(value["kind"]).endswith("List") and isinstance(value.get("items"), list):
        for item in value["items"]:
            yield from _flatten(item, source)
        return
    yield Document(value, source)


def _invalid(source: str, what: str) -> ManifestError:
    hint = "if you choose to ignore these errors, turn validation off with --validate=false"
    return ManifestError(f'error validating "{source}": error validating data: {what}; {hint}')
