"""Logs of pods, found by name, by workload or by selector.

Source: kubectl ``pkg/polymorphichelpers/{logsforobject,helpers}.go``.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from pykubectl.cli.errors import CommandError
from pykubectl.client.dynamic import DynamicClient
from pykubectl.helpers.pods import by_logging
from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.labels import selector_from_label_selector, selector_from_set
from pykubectl.machinery.schema import GroupVersionResource

if TYPE_CHECKING:
    from pykubectl.cli.flags import Values
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
        self._lock = threading.Lock()

    def run(self) -> int | None:
        """Raises StatusError, CommandError."""
        pods = self._find()
        sources = [source for pod in pods for source in self._sources(pod)]
        if self._values["follow"] and len(sources) > 1:
            return self._follow(sources)
        several = self._values["prefix"] or self._values["all-pods"]
        for source in sources:
            try:
                self._copy(source, prefix=several)
            except StatusError as error:
                if not self._values["ignore-errors"]:
                    raise
                self._streams.warn(f"error: {error.message}")
        return None

    def _find(self) -> list[Object]:
        if self._values["selector"]:
            found: list[Object] = self._pods.list(label_selector=self._values["selector"])["items"]
            if not found:
                self._streams.warn(f"No resources found in {self._namespace} namespace.")
            return found
        kind, slash, name = self._args[0].partition("/")
        if not slash:
            return [self._pod(kind)]
        mapping = self._factory.mapper.by_name(kind)
        if mapping.kind.kind == "Pod":
            return [self._pods.get(name)]
        client = DynamicClient(self._factory.rest).resource(mapping.resource)
        owner = client.namespace(self._namespace).get(name)
        return self._of_workload(owner)

    def _pod(self, name: str) -> Object:
        from pykubectl.machinery.errors import is_not_found

        try:
            found: Object = self._pods.get(name)
        except StatusError as error:
            if not is_not_found(error):
                raise
            text = f"error from server (NotFound): pods {quote(name)} not found in namespace {quote(self._namespace)}"
            raise CommandError(text) from None
        return found

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
        spec, name = pod["spec"], pod["metadata"]["name"]
        init = [c["name"] for c in spec.get("initContainers") or []]
        main = [c["name"] for c in spec["containers"]]
        if self._values["all-containers"]:
            extra = [c["name"] for c in spec.get("ephemeralContainers") or []]
            return [Source(name, container) for container in (*init, *main, *extra)]
        if self._container:
            if self._container not in (*init, *main):
                raise CommandError(
                    f"container {self._container} is not valid for pod {name} out of: {', '.join([*main, *init])}"
                )
            return [Source(name, self._container)]
        default = (pod["metadata"].get("annotations") or {}).get(_DEFAULT_CONTAINER)
        if default in main:
            return [Source(name, str(default))]
        if len(main) + len(init) > 1:
            others = ", ".join([*main, *(f"{c} (init)" for c in init)])
            self._streams.warn(f'Defaulted container "{main[0]}" out of: {others}')
        return [Source(name, main[0])]

    def _copy(self, source: Source, *, prefix: bool) -> None:
        response = self._pods.stream(source.pod, "log", {**self._query, "container": source.container})
        head = f"[pod/{source.pod}/{source.container}] " if prefix else ""
        try:
            if not head:
                for chunk in response.chunks():
                    self._write(chunk.decode("utf-8", "replace"))
                return
            for line in response.lines():
                self._write(f"{head}{line.decode('utf-8', 'replace')}\n")
        finally:
            response.close()

    def _write(self, text: str) -> None:
        with self._lock:
            self._streams.out.write(text)
            self._streams.out.flush()

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
                self._copy(source, prefix=self._values["prefix"])
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=copy, args=(source,), daemon=True) for source in sources]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures and not self._values["ignore-errors"]:
            raise failures[0]
        return None
