"""Logs of pods, found by name, by workload or by selector.

Source: kubectl ``pkg/polymorphichelpers/{logsforobject,helpers}.go``.
"""

from __future__ import annotations

import codecs
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from pykubectl.cli.errors import CommandError
from pykubectl.client.dynamic import DynamicClient
from pykubectl.helpers.pods import by_logging
from pykubectl.machinery.errors import StatusError, is_not_found
from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.labels import selector_from_label_selector, selector_from_set
from pykubectl.machinery.schema import GroupVersionResource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pykubectl.cli.flags import Values
    from pykubectl.client.transport.interface import Response
    from pykubectl.factory.factory import Factory

Object = dict[str, Any]

_PODS = GroupVersionResource("", "v1", "pods")
_DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"


class Source(NamedTuple):
    """A container of a pod."""

    pod: str
    container: str


class LogRun:
    """One run of ``logs``."""

    def __init__(
        self,
        factory: Factory,
        namespace: str,
        values: Values,
        args: list[str],
        container: str,
        query: dict[str, Any],
    ) -> None:
        self._factory = factory
        self._streams = factory.streams
        self._namespace = namespace
        self._values = values
        self._args = args
        self._container = container
        self._query = query
        self._pods = DynamicClient(factory.rest).resource(_PODS).namespace(namespace)
        self._prefix = bool(values["prefix"] or values["all-pods"])
        self._lock = threading.Lock()

    def run(self) -> int | None:
        """Raises StatusError, CommandError."""
        pods = self._find()
        sources = [source for pod in pods for source in self._sources(pod)]
        if self._values["follow"] and len(sources) > 1:
            return self._follow(sources)
        for source in sources:
            self._copy_or_tell(source)
        return None

    def _find(self) -> list[Object]:
        if self._values["selector"]:
            found: list[Object] = self._pods.list(label_selector=self._values["selector"])["items"]
            if not found:
                self._streams.warn(f"No resources found in {self._namespace} namespace.")
            return found
        obj = self._named(self._args[0])
        return [obj] if obj["kind"] == "Pod" else self._of_workload(obj)

    def _named(self, text: str) -> Object:
        builder = self._factory.builder().namespace(self._namespace)
        try:
            (info,) = builder.arguments([text] if "/" in text else ["pods", text]).result().infos()
        except StatusError as error:
            if not is_not_found(error):
                raise
            what = f"error from server (NotFound): {error.message} in namespace {quote(self._namespace)}"
            raise CommandError(what) from None
        return info.object

    def _of_workload(self, owner: Object) -> list[Object]:
        selector = (owner.get("spec") or {}).get("selector")
        if not selector:
            kind = f"*v1.{owner['kind']}"
            raise CommandError(f"cannot get the logs from {kind}: selector for {kind} not implemented")
        plain = owner["kind"] in ("Service", "ReplicationController")
        text = str(selector_from_set(selector) if plain else selector_from_label_selector(selector))
        pods: list[Object] = self._pods.list(label_selector=text)["items"]
        if not pods:
            raise CommandError("timed out waiting for the condition")
        pods.sort(key=by_logging)
        if self._values["all-pods"]:
            return pods
        if len(pods) > 1:
            self._streams.warn(f"Found {len(pods)} pods, using pod/{pods[0]['metadata']['name']}")
        return pods[:1]

    def _sources(self, pod: Object) -> list[Source]:
        name = pod["metadata"]["name"]
        kinds = _containers(pod)
        if self._values["all-containers"]:
            return [Source(name, entry) for kind in ("init", "", "ephem") for entry in kinds[kind]]
        chosen = self._container or self._default(pod, kinds)
        if not chosen:
            chosen = kinds[""][0]
            if sum(map(len, kinds.values())) > 1 and not self._values["all-pods"]:
                self._streams.warn(f"Defaulted container {quote(chosen)} out of: {_shown(kinds)}")
        if not any(chosen in names for names in kinds.values()):
            raise CommandError(f"container {chosen} is not valid for pod {name} out of: {_shown(kinds)}")
        return [Source(name, chosen)]

    def _default(self, pod: Object, kinds: dict[str, list[str]]) -> str:
        """The container that the pod's annotation names."""
        found = str((pod["metadata"].get("annotations") or {}).get(_DEFAULT_CONTAINER) or "")
        if not found or any(found in names for names in kinds.values()):
            return found
        self._streams.warn(f"Default container name {quote(found)} not found in pod {pod['metadata']['name']}")
        return ""

    def _copy(self, source: Source, *, whole_lines: bool) -> None:
        """Prints a log as it comes; ``whole_lines``: those of several logs don't mix within a line."""
        response = self._pods.stream(source.pod, "log", {**self._query, "container": source.container})
        head = f"[pod/{source.pod}/{source.container}] " if self._prefix else ""
        try:
            texts = _texts(response)
            for text in _lines(texts) if head or whole_lines else texts:
                self._write(head + text)
        finally:
            response.close()

    def _write(self, text: str) -> None:
        with self._lock:
            self._streams.out.write(text)
            self._streams.out.flush()

    def _copy_or_tell(self, source: Source, *, whole_lines: bool = False) -> None:
        try:
            self._copy(source, whole_lines=whole_lines)
        except StatusError as error:
            if not self._values["ignore-errors"]:
                raise
            self._write(f"error: {error.message}\n")

    def _follow(self, sources: list[Source]) -> int | None:
        """Several logs at once, a thread each."""
        limit = self._values["max-log-requests"]
        if len(sources) > limit:
            text = (
                f"you are attempting to follow {len(sources)} log streams, but maximum allowed concurrency is {limit}, "
            )
            raise CommandError(text + "use --max-log-requests to increase the limit")
        failures: list[Exception] = []

        def copy(source: Source) -> None:
            try:
                self._copy_or_tell(source, whole_lines=True)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=copy, args=(source,), daemon=True) for source in sources]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        return None


def _texts(response: Response) -> Iterator[str]:
    """What comes, as text. A character may come in two pieces; bytes that are none stay what they are."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for chunk in response.chunks():
        if text := decoder.decode(chunk):
            yield text
    if text := decoder.decode(b"", final=True):
        yield text


def _lines(texts: Iterator[str]) -> Iterator[str]:
    """The same in whole lines; the last one may have no end."""
    begun = ""
    for text in texts:
        *lines, begun = (begun + text).split("\n")
        for line in lines:
            yield line + "\n"
    if begun:
        yield begun


def _containers(pod: Object) -> dict[str, list[str]]:
    """Names of a pod's containers, by what is said of their kind."""
    fields = {"": "containers", "ephem": "ephemeralContainers", "init": "initContainers"}
    return {kind: [entry["name"] for entry in pod["spec"].get(field) or []] for kind, field in fields.items()}


def _shown(kinds: dict[str, list[str]]) -> str:
    return ", ".join(f"{name} ({kind})" if kind else name for kind, names in kinds.items() for name in names)
