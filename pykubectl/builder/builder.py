"""The builder: from arguments, files and selectors to the objects a command works on.

Source: cli-runtime ``pkg/resource/builder.go``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pykubectl.builder.files import Document, read_paths
from pykubectl.machinery.mapper import NoMatch
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.visitor.info import Info

if TYPE_CHECKING:
    from pykubectl.cli.streams import IOStreams
    from pykubectl.client.rest import RESTClient
    from pykubectl.machinery.errors import StatusError
    from pykubectl.machinery.mapper import RESTMapper, RESTMapping

Object = dict[str, Any]
Visit = Callable[[Info], None]

NOTHING = (
    "You must provide one or more resources by argument or filename.\n"
    "Example resource specifications include:\n"
    "   '-f rsrc.yaml'\n"
    "   '--filename=rsrc.json'\n"
    "   '<resource> <name>'\n"
    "   '<resource>'"
)


class BuilderError(Exception):
    """Arguments that do not name objects; the text is kubectl's."""


def explain_list_error(error: StatusError, mapping: RESTMapping, labels: str, fields: str) -> StatusError:
    """The error of a list, with what was asked for where the server found fault with that."""
    from pykubectl.machinery.errors import StatusError
    from pykubectl.machinery.gostrings import quote

    if error.reason not in ("BadRequest", "NotFound"):
        return error
    group, version, resource = mapping.resource
    what = f'"{group}/{version}, Resource={resource}"'
    asked = f"Unable to list {what}"
    if labels or fields:
        asked = f"Unable to find {what} that match label selector {quote(labels)}, field selector {quote(fields)}"
    return StatusError.from_status({**error.status, "message": f"{asked}: {error.message}"})


class Builder:
    """Call the methods that say what is wanted, then `infos`. Requests are made while it is iterated."""

    def __init__(self, rest: RESTClient, mapper: RESTMapper, streams: IOStreams) -> None:
        self._rest = rest
        self._mapper = mapper
        self._streams = streams
        self._namespace = ""
        self._enforce_namespace = False
        self._all_namespaces = False
        self._label_selector = ""
        self._field_selector = ""
        self._select_all = False
        self._paths: list[str] = []
        self._recursive = False
        self._kinds: list[str] = []
        self._pairs: list[tuple[str, str]] = []
        self._names: list[str] = []
        self._chunk = 500
        self._subresource = ""

    def namespace(self, name: str, *, enforce: bool = False) -> Builder:
        """Where objects are; ``enforce``: files must not name another one."""
        self._namespace, self._enforce_namespace = name, enforce
        return self

    def all_namespaces(self, wanted: bool) -> Builder:
        """Lists span all namespaces."""
        self._all_namespaces = wanted
        if wanted:
            self._namespace = ""
        return self

    def selectors(self, labels: str = "", fields: str = "") -> Builder:
        """Narrows lists."""
        self._label_selector, self._field_selector = labels, fields
        return self

    def select_all(self, wanted: bool) -> Builder:
        """A type without a name means all of its objects."""
        self._select_all = wanted
        return self

    def chunk_size(self, size: int) -> Builder:
        """Lists come in pages of so many objects; 0: all at once."""
        self._chunk = size
        return self

    def subresource(self, name: str) -> Builder:
        """Lists are those of a subresource."""
        self._subresource = name
        return self

    def files(self, paths: list[str], *, recursive: bool = False) -> Builder:
        """Files, directories, URLs, and ``-`` for standard input."""
        self._paths, self._recursive = paths, recursive
        return self

    def arguments(self, args: list[str]) -> Builder:
        """``TYPE[,TYPE...]``, ``TYPE NAME...``, ``TYPE/NAME...``. Raises BuilderError."""
        if not args:
            return self
        if any("/" in arg for arg in args):
            for arg in args:
                if "/" not in arg:
                    text = "there is no need to specify a resource type as a separate argument when passing arguments "
                    text += (
                        "in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get "
                    )
                    raise BuilderError(text + "resource resource/<resource_name>'")
                kind, _, name = arg.partition("/")
                if "/" in name:
                    raise BuilderError("arguments in resource/name form may not have more than one slash")
                if not kind or not name:
                    raise BuilderError("arguments in resource/name form must have a single resource and name")
                self._pairs.append((kind, name))
            return self
        self._kinds = [kind for kind in args[0].split(",") if kind]
        self._names = args[1:]
        if len(self._kinds) > 1 and self._names:
            # "get pods,services a b" asks for both names in both types.
            self._pairs = [(kind, name) for kind in self._kinds for name in self._names]
            self._kinds, self._names = [], []
        return self

    def mappings(self) -> list[RESTMapping]:
        """The types that the arguments name, categories resolved. Raises NoMatch."""
        found: list[RESTMapping] = []
        for kind in self._kinds:
            category = self._mapper.by_category(kind)
            for mapping in category or [self._mapper.by_name(kind)]:
                if mapping not in found:
                    found.append(mapping)
        return found

    @property
    def namespace_name(self) -> str:
        """The namespace to work in; empty for all."""
        return self._namespace

    @property
    def is_list(self) -> bool:
        """The arguments name types without names."""
        return bool(self._kinds) and not self._names

    @property
    def is_single(self) -> bool:
        """The arguments name exactly one object, or one file, which may hold several."""
        if self._paths:
            return len(self._paths) == 1 and self._paths[0] != "-" and not os.path.isdir(self._paths[0])
        return len(self._pairs) + (len(self._names) if self._kinds else 0) == 1

    def infos(self, errors: list[Exception] | None = None) -> Iterator[Info]:
        """The objects. Names are not read from the server; lists and files are. Raises BuilderError, NoMatch.

        Refused lists raise StatusError, or go into ``errors`` where that is given.
        """
        from pykubectl.machinery.errors import StatusError

        self.check()
        if self._paths:
            yield from self._from_files()
        yield from self._named()
        if self.is_list:
            for mapping in self.mappings():
                try:
                    yield from self._listed(mapping)
                except StatusError as error:
                    if errors is None:
                        raise
                    errors.append(error)

    def check(self) -> None:
        """Raises BuilderError on arguments that do not go together, NoMatch on an unknown type."""
        if not (self._paths or self._kinds or self._pairs):
            raise BuilderError(NOTHING)
        if (self._pairs or self._names) and (self._label_selector or self._field_selector):
            raise BuilderError("name cannot be provided when a selector is specified")
        if self._paths and (self._kinds or self._pairs):
            raise BuilderError(
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well"
            )
        if self.is_list:
            # A type that there is none of is the first thing to say.
            self.mappings()
        if self.is_list and not (self._label_selector or self._field_selector or self._select_all):
            raise BuilderError("resource(s) were provided, but no name was specified")

    def named_infos(self) -> Iterator[Info]:
        """The objects that files or arguments name."""
        self.check()
        if self._paths:
            yield from self._from_files()
        yield from self._named()

    def _named(self) -> Iterator[Info]:
        pairs = list(self._pairs)
        if self._names:
            pairs += [(self._kinds[0], name) for name in self._names]
        for kind, name in pairs:
            mapping = self._mapper.by_name(kind)
            if mapping.namespaced and self._all_namespaces:
                raise BuilderError("a resource cannot be retrieved by name across all namespaces")
            yield Info(self._rest, mapping, self._namespace, name)

    def _listed(self, mapping: RESTMapping) -> Iterator[Info]:
        from pykubectl.client.dynamic import DynamicClient

        client = DynamicClient(self._rest).resource(mapping.resource)
        if mapping.namespaced and self._namespace:
            client = client.namespace(self._namespace)
        pages = client.pages(
            limit=self._chunk, label_selector=self._label_selector, field_selector=self._field_selector
        )
        for page in self._explained(mapping, pages):
            for item in page["items"]:
                obj = {"apiVersion": mapping.kind.api_version, "kind": mapping.kind.kind, **item}
                meta = obj["metadata"]
                yield Info(self._rest, mapping, meta.get("namespace", ""), meta["name"], obj)

    def _explained(self, mapping: RESTMapping, pages: Iterator[Object]) -> Iterator[Object]:
        from pykubectl.machinery.errors import StatusError

        try:
            yield from pages
        except StatusError as error:
            raise explain_list_error(error, mapping, self._label_selector, self._field_selector) from None

    def _from_files(self) -> Iterator[Info]:
        for document in read_paths(self._paths, self._streams.in_, recursive=self._recursive):
            yield self._info(document)

    def _info(self, document: Document) -> Info:
        obj = document.obj
        gvk = GroupVersionKind.from_api_version(obj.get("apiVersion", ""), obj.get("kind", ""))
        try:
            mapping = self._mapper.by_kind(gvk)
        except NoMatch as error:
            name = (obj.get("metadata") or {}).get("name", "")
            text = f'resource mapping not found for name: "{name}" namespace: '
            text += f'"{(obj.get("metadata") or {}).get("namespace", "")}" from "{document.source}": {error}'
            raise BuilderError(f"{text}\nensure CRDs are installed first") from None
        meta = obj.setdefault("metadata", {})
        namespace = meta.get("namespace", "")
        if mapping.namespaced:
            if self._enforce_namespace and namespace and namespace != self._namespace:
                text = f'the namespace from the provided object "{namespace}" does not match the namespace '
                text += f"\"{self._namespace}\". You must pass '--namespace={namespace}' to perform this operation."
                raise BuilderError(text)
            namespace = meta["namespace"] = namespace or self._namespace
        return Info(self._rest, mapping, namespace, meta.get("name", ""), obj, document.source)
