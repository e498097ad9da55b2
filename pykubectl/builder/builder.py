"""The builder: from arguments, files and selectors to a chain of visitors.

Source: cli-runtime ``pkg/resource/builder.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pykubectl.builder.arguments import Arguments, BuilderError, parse
from pykubectl.builder.result import Result
from pykubectl.machinery.mapper import NoMatch
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.util.aggregate import raise_all
from pykubectl.visitor.info import Info
from pykubectl.visitor.interface import T, Visitor
from pykubectl.visitor.steps import (
    ContinueOnError,
    Decorated,
    EagerVisitorList,
    Filtered,
    Mapped,
    VisitorList,
    by_labels,
    require_namespace,
    retrieve_latest,
    retrieve_lazy,
    set_namespace,
)

if TYPE_CHECKING:
    from pykubectl.cli.streams import IOStreams
    from pykubectl.client.dynamic import DynamicResource
    from pykubectl.client.rest import RESTClient
    from pykubectl.machinery.mapper import RESTMapper, RESTMapping
    from pykubectl.visitor.decoding import Document
    from pykubectl.visitor.selector import Selector
    from pykubectl.visitor.sources import StreamVisitor

Object = dict[str, Any]

NOTHING = (
    "You must provide one or more resources by argument or filename.\n"
    "Example resource specifications include:\n"
    "   '-f rsrc.yaml'\n"
    "   '--filename=rsrc.json'\n"
    "   '<resource> <name>'\n"
    "   '<resource>'"
)
_LOCAL_ONLY = "can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set"
_STDIN_TWICE = "standard input cannot be used for multiple arguments"


class Builder:
    """Call the methods that say what is wanted, then `result`."""

    def __init__(self, rest: Callable[[], RESTClient], mapper: Callable[[], RESTMapper], streams: IOStreams) -> None:
        self._rest = rest
        self._mapper = mapper
        self._streams = streams
        self._errors: list[Exception] = []
        self._namespace = ""
        self._enforce_namespace = False
        self._all_namespaces = False
        self._labels: str | None = None
        self._fields = ""
        self._chunk = 500
        self._subresource = ""
        self._paths: list[StreamVisitor] = []
        self._arguments = Arguments([], [], [])
        self._continue_on_error = self._latest = self._local = False
        self._require_object = True
        self._tables: str | None = None

    def namespace(self, name: str, *, enforce: bool = False) -> Builder:
        """Where objects are; ``enforce``: files must not name another one."""
        self._namespace, self._enforce_namespace = name, enforce
        return self

    def all_namespaces(self, wanted: bool) -> Builder:
        """Lists span all namespaces."""
        self._all_namespaces = wanted
        if wanted:
            self._namespace, self._enforce_namespace = "", False
        return self

    def selectors(self, labels: str = "", fields: str = "") -> Builder:
        """Narrows lists, and by labels what files hold."""
        if labels.strip():
            self._labels = labels.strip()
        self._fields = fields.strip()
        return self

    def select_all(self, wanted: bool) -> Builder:
        """All objects of the types that are named; names are refused then."""
        if wanted:
            if self._labels or self._fields:
                self._errors.append(BuilderError("setting 'all' parameter but found a non empty selector. "))
            self._labels = ""
        return self

    def chunk_size(self, size: int) -> Builder:
        """Lists come in pages of so many objects; 0: all at once."""
        self._chunk = size
        return self

    def subresource(self, name: str) -> Builder:
        """What is read of named objects is this subresource."""
        self._subresource = name
        return self

    def continue_on_error(self) -> Builder:
        """As many objects as possible are visited; what goes wrong is raised at the end."""
        self._continue_on_error = True
        return self

    def latest(self) -> Builder:
        """Objects of files are those that the server has by their names."""
        self._latest = True
        return self

    def local(self, wanted: bool = True) -> Builder:
        """Asks no server; only files can be named then."""
        self._local = wanted
        return self

    def require_object(self, wanted: bool) -> Builder:
        """Whether objects that are named are read before they are visited."""
        self._require_object = wanted
        return self

    def tables(self, *, include_objects: bool = False) -> Builder:
        """Answers are the server's Tables, with the whole objects in them where that is wanted."""
        self._tables = "Object" if include_objects else ""
        return self

    def files(self, paths: Sequence[str], *, recursive: bool = False, validate: bool = False) -> Builder:
        """Files, directories, patterns, URLs, ``-`` for standard input; ``validate``: they must name their kinds."""
        if not paths:
            return self
        from pykubectl.visitor import sources

        for path in paths:
            if path == "-":
                if any(isinstance(source, sources.StdinVisitor) for source in self._paths):
                    self._errors.append(BuilderError(_STDIN_TWICE))
                self._paths.append(sources.StdinVisitor(self._streams.in_, validate=validate))
            elif path.startswith(("http://", "https://")):
                self._paths.append(sources.URLVisitor(path, validate=validate))
            else:
                self._add_path(path, recursive, validate)
        return self

    def _add_path(self, path: str, recursive: bool, validate: bool) -> None:
        from pykubectl.visitor import sources
        from pykubectl.visitor.decoding import ManifestError

        try:
            matches = sources.matching(path)
            for match in matches:
                self._paths += sources.file_visitors(match, recursive=recursive, validate=validate)
        except ManifestError as error:
            self._errors.append(error)
            return
        if not self._paths and not self._errors:
            known = " ".join(sources.EXTENSIONS)
            text = f"error reading [{' '.join(matches)}]: recognized file extensions are [{known}]"
            self._errors.append(ManifestError(text))

    def arguments(self, args: Sequence[str], *, every: bool = False) -> Builder:
        """``TYPE[,TYPE...]``, ``TYPE NAME...``, ``TYPE/NAME...``. ``every``: a type alone means all of its objects."""
        try:
            self._arguments = parse(args)
        except BuilderError as error:
            self._errors.append(error)
        if every and len(args) == 1 and self._arguments.types and self._labels is None:
            self._labels = ""
        return self

    def result(self) -> Result:
        """The chain of visitors. Raises BuilderError, ManifestError, NoMatch; ClientError where no server answers."""
        raise_all(self._errors)
        types, names, pairs = self._arguments
        if self._paths:
            return self._by_paths()
        if self._local:
            raise BuilderError(_LOCAL_ONLY)
        if self._labels is not None or self._fields:
            return self._by_selector()
        if pairs:
            return self._by_name(pairs)
        if names:
            return self._by_name([(types[0], name) for name in names])
        if types:
            self._type_mappings()
            raise BuilderError("resource(s) were provided, but no name was specified")
        raise BuilderError(NOTHING)

    def _by_paths(self) -> Result:
        from pykubectl.visitor.sources import StdinVisitor

        types, _, pairs = self._arguments
        if types:
            raise BuilderError(
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well"
            )
        if pairs:
            raise BuilderError("resource/name arguments cannot be provided when a path is specified")
        visitor: Visitor[Info] = Mapped(self._list(self._paths), self._local_info if self._local else self._info)
        if self._latest and not self._local:
            visitor = Decorated(visitor, set_namespace(self._namespace), self._with_subresource, retrieve_latest)
        if self._labels:
            visitor = Filtered(visitor, by_labels(self._label_selector()))
        single = len(self._paths) == 1 and not isinstance(self._paths[0], StdinVisitor)
        return Result(self._decorated(visitor), single=single)

    def _by_selector(self) -> Result:
        from pykubectl.visitor.selector import Selector

        types, names, pairs = self._arguments
        if names:
            raise BuilderError("name cannot be provided when a selector is specified")
        if pairs:
            raise BuilderError("selectors and the all flag cannot be used when passing resource/name arguments")
        if not types:
            raise BuilderError("at least one resource must be specified to use a selector")
        if self._subresource:
            raise BuilderError("subresource cannot be used when bulk resources are specified")
        selectors: list[Selector] = [
            Selector(self._client(mapping), mapping, self._namespace, self._labels or "", self._fields, self._chunk)
            for mapping in self._type_mappings()
        ]
        return Result(self._decorated(self._list(selectors)), single=False, sources=selectors)

    def _by_name(self, pairs: list[tuple[str, str]]) -> Result:
        infos = []
        for kind, name in pairs:
            mapping = self._mapper().by_name(kind)
            if mapping.namespaced and not self._namespace:
                how = "a resource cannot be retrieved by name across all namespaces"
                raise BuilderError(
                    how if self._all_namespaces else "namespace may not be empty when retrieving a resource by name"
                )
            info = Info(self._client(mapping), mapping, self._namespace, name, subresource=self._subresource)
            infos.append(info)
        # Names of one type are not told as an aggregate, pairs are.
        visitor: Visitor[Info] = self._list(infos) if self._arguments.pairs else VisitorList(infos)
        return Result(self._decorated(visitor), single=len(infos) == 1, sources=infos)

    def _list(self, visitors: Sequence[Visitor[T]]) -> Visitor[T]:
        return EagerVisitorList(visitors) if self._continue_on_error else VisitorList(visitors)

    def _decorated(self, visitor: Visitor[Info]) -> Visitor[Info]:
        put = require_namespace if self._enforce_namespace else set_namespace
        steps = [put(self._namespace)] if self._paths and self._namespace else []
        if self._require_object and not self._local:
            steps.append(retrieve_lazy)
        if self._continue_on_error:
            visitor = ContinueOnError(visitor)
        return Decorated(visitor, *steps) if steps else visitor

    def _with_subresource(self, info: Info) -> None:
        info.subresource = self._subresource

    def _label_selector(self) -> Any:
        from pykubectl.machinery.gostrings import quote
        from pykubectl.machinery.labels import SelectorError, parse

        try:
            return parse(self._labels or "")
        except SelectorError as error:
            raise BuilderError(f"the provided selector {quote(self._labels or '')} is not valid: {error}") from None

    def _type_mappings(self) -> list[RESTMapping]:
        found: list[RESTMapping] = []
        for kind in self._arguments.types:
            found += self._mapper().by_category(kind) or [self._mapper().by_name(kind)]
        return list(dict.fromkeys(found))

    def _client(self, mapping: RESTMapping) -> DynamicResource:
        from pykubectl.client.dynamic import DynamicClient, TableClient

        if self._tables is None:
            return DynamicClient(self._rest()).resource(mapping.resource)
        return TableClient(self._rest(), self._tables).resource(mapping.resource)

    def _info(self, document: Document) -> Info:
        gvk, name, namespace = _names(document)
        try:
            mapping = self._mapper().by_kind(gvk)
        except NoMatch as error:
            text = f'resource mapping not found for name: "{name}" namespace: "{namespace}" from "{document.source}"'
            raise BuilderError(f"{text}: {error}\nensure CRDs are installed first") from None
        return Info(self._client(mapping), mapping, namespace, name, document.obj, document.source)

    def _local_info(self, document: Document) -> Info:
        from pykubectl.machinery.mapper import RESTMapping
        from pykubectl.machinery.schema import GroupVersionResource

        gvk, name, namespace = _names(document)
        resource = GroupVersionResource(gvk.group, gvk.version, f"{gvk.kind.lower()}s")
        return Info(None, RESTMapping(resource, gvk, bool(namespace)), namespace, name, document.obj, document.source)


def _names(document: Document) -> tuple[GroupVersionKind, str, str]:
    """Kind, name and namespace of an object. Raises ManifestError, and BuilderError on metadata of other types."""
    from pykubectl.visitor.decoding import metadata_fault

    if document.fault is not None:
        raise document.fault
    obj = document.obj
    if fault := metadata_fault(obj):
        raise BuilderError(f'unable to decode "{document.source}": {fault}')
    meta = obj["metadata"] = obj.get("metadata") or {}
    kind = GroupVersionKind.from_api_version(obj.get("apiVersion", ""), obj.get("kind", ""))
    return kind, meta.get("name") or "", meta.get("namespace") or ""
