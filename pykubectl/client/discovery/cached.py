"""Discovery kept on disk, in the files that kubectl keeps it in.

Layout: ``<cache>/discovery/<host>_<port>/servergroups.json`` and ``.../<group>/<version>/serverresources.json``.
Source of the rules: client-go ``discovery/cached/disk/cached_discovery.go``, cli-runtime
``genericclioptions/config_flags.go``.
"""

from __future__ import annotations

import os
import re
import threading
import time
from typing import TYPE_CHECKING, Any

from pykubectl.client.discovery.client import Discovered, GroupDiscoveryFailed, ordered
from pykubectl.machinery.codecs import json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pykubectl.client.discovery.client import DiscoveryClient

    Document = dict[str, Any]

# Seconds.
TTL = 6 * 3600.0


def cache_root(env: Mapping[str, str]) -> str:
    """``KUBECACHEDIR``, else ``~/.kube/cache``."""
    home = env.get("HOME") or os.path.expanduser("~")
    return env.get("KUBECACHEDIR") or os.path.join(home, ".kube", "cache")


def host_directory(host: str) -> str:
    """A server's address as the name of a directory: ``https://127.0.0.1:6443`` is ``127.0.0.1_6443``."""
    bare = host.replace("https://", "", 1).replace("http://", "", 1)
    return re.sub(r"[^(\w/.)]", "_", bare, flags=re.ASCII)


class CachedDiscoveryClient:
    """Answers from files that are younger than ``ttl`` seconds; else asks the server and writes them.

    ``fresh`` tells whether everything given out since ``invalidate`` (or the start, when the files were not used) came
    from the server: a lookup that misses while not fresh should invalidate and try again, once. An unwritable cache is
    no error. Broken files count as missing.
    """

    def __init__(
        self,
        client: DiscoveryClient,
        directory: str,
        ttl: float = TTL,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.client = client
        self.directory = directory
        self._ttl = ttl
        self._now = now
        self._groups: list[Document] | None = None
        self._lists: dict[str, Document] = {}
        self._ignore_files = False
        self.fresh = True

    @classmethod
    def for_env(cls, client: DiscoveryClient, env: Mapping[str, str] | None = None) -> CachedDiscoveryClient:
        """With kubectl's directory for the client's server."""
        root = cache_root(os.environ if env is None else env)
        return cls(client, os.path.join(root, "discovery", host_directory(client.rest.config.host)))

    def invalidate(self) -> None:
        """Forget everything; what is on disk is not used any more."""
        self._groups = None
        self._lists = {}
        self._ignore_files = True
        self.fresh = True

    def server_groups(self) -> list[Document]:
        """The APIGroups, the core group first."""
        if self._groups is None:
            document = self._read("servergroups.json", _has_groups)
            if document is None:
                self._fetch()
            else:
                self._groups = document.get("groups") or []
        return self._groups or []

    def server_resources(self, group_version: str) -> Document:
        """The APIResourceList of a group-version. Raises StatusError (NotFound) where there is none."""
        if group_version not in self._lists:
            path = os.path.join(*group_version.split("/"), "serverresources.json")
            document = self._read(path, _has_resources)
            if document is None:
                document = self.client.server_resources(group_version)
                self._write(path, document)
            self._lists[group_version] = document
        return self._lists[group_version]

    def server_groups_and_resources(self) -> tuple[list[Document], list[Document]]:
        """All groups and all resource lists. Raises GroupDiscoveryFailed where a part is missing."""
        from pykubectl.machinery.errors import StatusError

        failures: dict[str, str] = {}
        groups = self.server_groups()
        for group in groups:
            for version in group["versions"]:
                try:
                    self.server_resources(version["groupVersion"])
                except StatusError as error:
                    failures[version["groupVersion"]] = error.message
        found = Discovered(groups, self._lists)
        if failures:
            raise GroupDiscoveryFailed(failures, found)
        return groups, ordered(found)

    def _fetch(self) -> None:
        try:
            found = self.client.discover()
        except GroupDiscoveryFailed as error:
            found = error.found
        self._groups = found.groups
        self._lists = dict(found.lists)
        if not found.groups:
            return
        self._write("servergroups.json", {"kind": "APIGroupList", "apiVersion": "v1", "groups": found.groups})
        for name, document in found.lists.items():
            self._write(os.path.join(*name.split("/"), "serverresources.json"), document)

    def _read(self, name: str, usable: Callable[[Document], bool]) -> Document | None:
        if self._ignore_files:
            return None
        path = os.path.join(self.directory, name)
        try:
            with open(path, "rb") as file:
                if self._now() > os.fstat(file.fileno()).st_mtime + self._ttl:
                    return None
                document = json.loads(file.read())
        except (OSError, ValueError):
            return None
        if not isinstance(document, dict) or not usable(document):
            return None
        self.fresh = False
        return document

    def _write(self, name: str, document: Document) -> None:
        """Replace the file at once, so that a reader never sees half of it."""
        path = os.path.join(self.directory, name)
        temporary = f"{path}.{os.getpid()}.{threading.get_ident()}"
        try:
            os.makedirs(os.path.dirname(path), mode=0o750, exist_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o660)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    os.fchmod(descriptor, 0o660)
                    file.write(json.dumps(document))
                os.replace(temporary, path)
            except OSError:
                os.unlink(temporary)
                raise
        except OSError:
            return  # a cache that cannot be written costs time, nothing else


def _has_groups(document: Document) -> bool:
    """What is read of a list of groups is there, and of the right types."""
    groups = document.get("groups") or []
    return _all_have(groups, {"name": str, "versions": list}) and all(
        _all_have(group["versions"], {"groupVersion": str, "version": str}) for group in groups
    )


def _has_resources(document: Document) -> bool:
    """As of the groups; a list without resources is asked for again."""
    fields = {"name": str, "namespaced": bool, "kind": str}
    return isinstance(document.get("groupVersion"), str) and _all_have(document.get("resources") or None, fields)


def _all_have(entries: Any, fields: Mapping[str, type]) -> bool:
    return isinstance(entries, list) and all(
        isinstance(entry, dict) and all(isinstance(entry.get(name), kind) for name, kind in fields.items())
        for entry in entries
    )
