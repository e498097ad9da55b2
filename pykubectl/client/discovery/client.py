"""What a server serves.

Source of the rules: client-go ``discovery/discovery_client.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pykubectl.client.errors import ClientError

if TYPE_CHECKING:
    from pykubectl.client.rest import RESTClient

    Document = dict[str, Any]

# Seconds a discovery request may take where the configuration sets nothing.
TIMEOUT = 32.0


class GroupDiscoveryFailed(ClientError):
    """Some group-versions did not answer; ``failures`` has the reason of each, ``found`` what did answer."""

    def __init__(self, failures: dict[str, str], found: Discovered) -> None:
        self.failures = failures
        self.found = found
        listed = ", ".join(f"{name}: {failures[name]}" for name in sorted(failures))
        super().__init__(f"unable to retrieve the complete list of server APIs: {listed}")


class Discovered(NamedTuple):
    """APIGroups in the server's order, APIResourceLists by group-version; READ-ONLY."""

    groups: list[Document]
    lists: dict[str, Document]


class Discovery(Protocol):
    """What a RESTMapper and the api-resources command ask."""

    def server_groups(self) -> list[Document]:
        """The APIGroups, the core group first. Raises StatusError, ConnectionError."""

    def server_resources(self, group_version: str) -> Document:
        """The APIResourceList of a group-version. Raises StatusError (NotFound), ConnectionError."""

    def server_groups_and_resources(self) -> tuple[list[Document], list[Document]]:
        """All groups and all resource lists. Raises GroupDiscoveryFailed where a part is missing."""


class DiscoveryClient:
    """Asks the server each time: two requests with aggregated discovery, else one for each group-version."""

    def __init__(self, rest: RESTClient) -> None:
        self.rest = rest

    def discover(self) -> Discovered:
        """Everything. Raises GroupDiscoveryFailed where some group-versions do not answer."""
        groups: list[Document] = []
        lists: dict[str, Document] = {}
        failures: dict[str, str] = {}
        for path in ("/api", "/apis"):
            document = self._root(path)
            if document.get("kind") == "APIGroupDiscoveryList":
                from pykubectl.client.discovery.aggregated import split

                some, found, stale = split(document)
                groups += some
                lists |= found
                failures |= dict.fromkeys(stale, "stale GroupVersion discovery")
            else:
                groups += _legacy_groups(document)
        self._fetch_missing(groups, lists, failures)
        discovered = Discovered(groups, lists)
        if failures:
            raise GroupDiscoveryFailed(failures, discovered)
        return discovered

    def server_groups(self) -> list[Document]:
        """The APIGroups, the core group first."""
        return self._lenient().groups

    def server_resources(self, group_version: str) -> Document:
        """The APIResourceList of a group-version."""
        path = f"/apis/{group_version}" if "/" in group_version else f"/api/{group_version}"
        answer: Document = self.rest.get(path, timeout=self._timeout).object
        return answer

    def server_groups_and_resources(self) -> tuple[list[Document], list[Document]]:
        """All groups and all resource lists."""
        found = self.discover()
        return found.groups, ordered(found)

    def server_version(self) -> Document:
        """The answer of ``/version``."""
        answer: Document = self.rest.get("/version", timeout=self._timeout).object
        return answer

    def openapi_v3_paths(self) -> dict[str, str]:
        """Group-version path (``api/v1``, ``apis/apps/v1``) -> URL of its OpenAPI v3 document below the server."""
        paths = self.rest.get("/openapi/v3", timeout=self._timeout).object["paths"]
        return {name: entry["serverRelativeURL"] for name, entry in paths.items()}

    def openapi_v3(self, path: str) -> Document:
        """The OpenAPI v3 document of a group-version path. Raises KeyError where the server has none."""
        url, _, query = self.openapi_v3_paths()[path].partition("?")
        params = dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)
        answer: Document = self.rest.get(url, params, timeout=self._timeout).object
        return answer

    @property
    def _timeout(self) -> float:
        return self.rest.config.timeout or TIMEOUT

    def _lenient(self) -> Discovered:
        try:
            return self.discover()
        except GroupDiscoveryFailed as error:
            return error.found

    def _root(self, path: str) -> Document:
        from pykubectl.client.discovery.aggregated import ACCEPT
        from pykubectl.machinery.errors import StatusError

        try:
            document: Document = self.rest.get(path, accept=ACCEPT, timeout=self._timeout).object
        except StatusError as error:
            if error.code in (403, 404):
                return {}
            raise
        return document

    def _fetch_missing(self, groups: list[Document], lists: dict[str, Document], failures: dict[str, str]) -> None:
        from pykubectl.machinery.errors import StatusError

        for group in groups:
            for version in group["versions"]:
                name = version["groupVersion"]
                if name in lists or name in failures:
                    continue
                try:
                    lists[name] = self.server_resources(name)
                except StatusError as error:
                    failures[name] = error.message


def ordered(found: Discovered) -> list[Document]:
    """The resource lists in the order of the groups and their versions."""
    names = [version["groupVersion"] for group in found.groups for version in group["versions"]]
    return [found.lists[name] for name in names if name in found.lists]


def _legacy_groups(document: Document) -> list[Document]:
    """APIGroups of an APIVersions (``/api``) or APIGroupList (``/apis``) document."""
    if document.get("kind") == "APIVersions" or "versions" in document:
        versions = [{"groupVersion": name, "version": name} for name in document.get("versions") or []]
        return [{"name": "", "versions": versions, "preferredVersion": versions[0]}] if versions else []
    return document.get("groups") or []
