"""Changing kubeconfig files in place: comments, order and fields that nobody here knows are kept.

Source of the rules: client-go ``tools/clientcmd/{loader,config}.go`` (lock file, mode 0600).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pykubectl.client.config.kubeconfig import SECTIONS, KubeConfig, load_file
from pykubectl.client.errors import ConfigError

if TYPE_CHECKING:
    from pykubectl.client.config.kubeconfig import LoadingRules

_FIELDS = {section: field for section, field, _ in SECTIONS}


class KubeConfigWriter:
    """Writes entries to the files that they come from, new ones to the default file.

    Each method changes one file: under its lock file, in one step (a reader sees the old text or the new one), with
    mode 0600. Raises ConfigError.
    """

    def __init__(self, rules: LoadingRules) -> None:
        self._rules = rules

    def set_entry(self, section: str, name: str, body: dict[str, Any]) -> str:
        """Replace or add an entry of ``clusters``, ``users`` or ``contexts``; returns the file."""
        path = self._file_of(section, name)
        with edit(path) as document:
            _put(document, section, name, body)
        return path

    def delete_entry(self, section: str, name: str) -> str:
        """Remove an entry; returns the file. Raises KeyError where there is none."""
        path = self._file_of(section, name)
        with edit(path) as document:
            entries = document.get(section) or []
            kept = [entry for entry in entries if entry.get("name") != name]
            if len(kept) == len(entries):
                raise KeyError(name)
            document[section] = kept
        return path

    def rename_context(self, old: str, new: str) -> str:
        """Rename a context, also as the current one; returns the file. Raises KeyError where there is none."""
        path = self._file_of("contexts", old)
        with edit(path) as document:
            found = [entry for entry in document.get("contexts") or [] if entry.get("name") == old]
            if not found:
                raise KeyError(old)
            found[0]["name"] = new
        if self._rules.load().current_context == old:
            self.set_current_context(new)
        return path

    def set_current_context(self, name: str) -> str:
        """Choose the current context in the first file that chooses one, else in the default file; returns the file."""
        path = next((path for path in self._rules.files if _chooses(path)), self._rules.default_filename)
        with edit(path) as document:
            document["current-context"] = name
        return path

    def _file_of(self, section: str, name: str) -> str:
        return self._rules.load().origins.get((section, name), self._rules.default_filename)


def _chooses(path: str) -> bool:
    return os.path.exists(path) and bool(load_file(path).current_context)


def _put(document: dict[str, Any], section: str, name: str, body: dict[str, Any]) -> None:
    field = _FIELDS[section]
    if document.get(section) is None:
        document[section] = []
    for entry in document[section]:
        if entry.get("name") == name:
            entry[field] = body
            return
    document[section].append({"name": name, field: body})


def merge_into(path: str, config: KubeConfig) -> None:
    """Put all entries of ``config`` into a file, and its current context where it has one. Raises ConfigError."""
    with edit(path) as document:
        for section, _, _ in SECTIONS:
            for name, body in config.section(section).items():
                _put(document, section, name, body)
        if config.current_context:
            document["current-context"] = config.current_context


@contextmanager
def edit(path: str) -> Iterator[dict[str, Any]]:
    """The file's document to change in place; written when the block ends without an exception. Raises ConfigError."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1 << 20  # a long token stays on its line
    with _locked(path):
        try:
            with open(path, "rb") as file:
                document = yaml.load(file)
        except FileNotFoundError:
            document = None
        except (OSError, YAMLError) as error:
            raise ConfigError(f'error loading config file "{path}": {error}') from error
        if document is None:
            document = {"apiVersion": "v1", "kind": "Config"}
        if not isinstance(document, dict):
            raise ConfigError(f'error loading config file "{path}": it is no mapping')
        yield document
        _replace(path, lambda file: yaml.dump(document, file))


def _replace(path: str, write: Any) -> None:
    # The file a link points to is replaced, not the link.
    target = os.path.realpath(path)
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".kubeconfig-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(descriptor)
        os.chmod(temporary, 0o600)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


@contextmanager
def _locked(path: str) -> Iterator[None]:
    lock = f"{path}.lock"
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise ConfigError(f"open {lock}: file exists") from error
    except OSError as error:
        raise ConfigError(f"open {lock}: {(error.strerror or str(error)).lower()}") from error
    try:
        yield
    finally:
        os.unlink(lock)
