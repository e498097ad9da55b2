"""``describe``: everything about objects, for people.

Source: kubectl ``pkg/cmd/describe/describe.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, Flag
from pykubectl.cli.groups import (
    ALL_NAMESPACES,
    CHUNK_SIZE,
    FILE_FLAGS,
    SELECTOR,
    no_kustomize,
    resource_builder,
)
from pykubectl.machinery.util.aggregate import Aggregate

if TYPE_CHECKING:
    from pykubectl.builder.builder import Builder
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory
    from pykubectl.machinery.errors import StatusError
    from pykubectl.visitor.info import Info

SUGGEST_API_RESOURCES = 'Use "kubectl api-resources" for a complete list of supported resources.'


class DescribeOptions:
    """Describes what is named, listed, or in files; a name that isn't found is tried as the beginning of one."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags and arguments. Raises CommandError without any object."""
        self.factory, self.values, self.args = factory, parsed.values, parsed.args
        self.show_events_set = "show-events" in parsed.values.changed
        if not self.args and not self.values["filename"] and not self.values["kustomize"]:
            raise CommandError(f"You must specify the type of resource to describe. {SUGGEST_API_RESOURCES}")

    def validate(self) -> None:
        """No kustomization."""
        no_kustomize(self.values)

    def run(self) -> int | None:
        """Prints descriptions, two empty lines between them. Raises Aggregate of what failed."""
        from pykubectl.machinery.errors import StatusError, is_not_found

        errors: list[Exception] = []
        infos = self._builder(self.args).continue_on_error().latest().result().infos(errors)
        if (len(infos) > 1 or errors) and not self.show_events_set:
            self.values["show-events"] = False
        if len(errors) == 1 and isinstance(errors[0], StatusError) and is_not_found(errors[0]) and len(self.args) == 2:
            return self._by_prefix(errors[0])
        texts = self._describe(infos, errors)
        self.factory.streams.out.write("\n\n".join(texts))
        if not infos and not errors:
            namespace, _ = self.factory.namespace()
            where = "" if self.values["all-namespaces"] else f" in {namespace} namespace."
            self.factory.streams.warn(f"No resources found{where}")
        if errors:
            raise Aggregate(errors)
        return None

    def _describe(self, infos: list[Info], errors: list[Exception]) -> list[str]:
        """The texts; an error that was told already is not told again."""
        from pykubectl.machinery.errors import StatusError

        texts: list[str] = []
        for info in infos:
            try:
                texts.append(self._text(info))
            except StatusError as error:
                if str(error) not in map(str, errors):
                    errors.append(error)
        return texts

    def _text(self, info: Info) -> str:
        from pykubectl.ops.describe import ClusterReader, describe

        reader = ClusterReader(self.factory.rest, self.values["chunk-size"])
        return describe(info, reader, show_events=self.values["show-events"])

    def _by_prefix(self, not_found: StatusError) -> int | None:
        kind, prefix = self.args
        found = [info for info in self._builder([kind]).result().infos() if info.name.startswith(prefix)]
        if not found:
            raise not_found
        for info in found:
            self.factory.streams.print(self._text(info))
        return None

    def _builder(self, args: list[str]) -> Builder:
        return resource_builder(self.factory, self.values, args, every=True).chunk_size(self.values["chunk-size"])


COMMAND = Command(
    "describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
    "Show details of a specific resource or group of resources",
    long="Show details of a specific resource or group of resources.\n\nPrint a detailed description of the selected "
    "resources, including related resources such as events or controllers. You may select a single object by name, "
    "all objects of that type, provide a name prefix, or label selector. For example:\n\n"
    "  $ kubectl describe TYPE NAME_PREFIX\n\nwill first check for an exact match on TYPE and NAME_PREFIX. If no such "
    "resource exists, it will output details for every resource that has a name prefixed with NAME_PREFIX.\n\n"
    + SUGGEST_API_RESOURCES,
    examples="""  # Describe a node
  kubectl describe nodes node-1

  # Describe a pod
  kubectl describe pods/nginx

  # Describe a pod identified by type and name in "pod.json"
  kubectl describe -f pod.json

  # Describe all pods
  kubectl describe pods

  # Describe pods by label name=myLabel
  kubectl describe pods -l name=myLabel

  # Describe all pods whose names begin with 'frontend'
  kubectl describe pods frontend""",
    flags=(
        *FILE_FLAGS,
        SELECTOR,
        ALL_NAMESPACES,
        CHUNK_SIZE,
        Flag(
            "show-events",
            kind=BOOL,
            default=True,
            help="Show events of the described object: by default of a single object, not of several or by prefix.",
        ),
    ),
    options=DescribeOptions,
)
