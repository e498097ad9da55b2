"""``get``: one or many resources, as a table of the server's or in another form.

Source: kubectl ``pkg/cmd/get/get.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError, Exit
from pykubectl.cli.flags import BOOL, STRINGS, Flag
from pykubectl.cli.groups import (
    ALL_NAMESPACES,
    CHUNK_SIZE,
    FIELD_SELECTOR,
    FILE_FLAGS,
    PRINT_FLAGS,
    SELECTOR,
    no_kustomize,
    output_format,
    resource_builder,
)
from pykubectl.machinery.util.aggregate import raise_all

if TYPE_CHECKING:
    from pykubectl.builder.builder import Builder
    from pykubectl.builder.result import Result
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory
    from pykubectl.printers.interface import Printer

Object = dict[str, Any]

_HUMAN = ("", "wide")
_NOTHING_NAMED = """You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of \
supported resources.

error: Required resource not specified.
Use "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).
See 'kubectl get -h' for help and examples
"""


class GetOptions:
    """Chooses between the server's tables, generic printers, raw paths, and watching."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags and arguments."""
        self.factory = factory
        self.values, self.args = parsed.values, parsed.args
        self.output = output_format(self.values)
        self.is_human = self.output in _HUMAN
        self.watching = bool(self.values["watch"] or self.values["watch-only"])
        no_kustomize(self.values)

    def validate(self) -> None:
        """Flags that exclude each other."""
        values = self.values
        if values["raw"]:
            return self._validate_raw()
        if not self.args and not values["filename"]:
            self.factory.streams.err.write(_NOTHING_NAMED)
            raise Exit(1)
        if values["show-labels"] and not self.is_human:
            raise CommandError("--show-labels option cannot be used with " + self.output + " printer")
        if values["output-watch-events"] and not self.watching:
            raise CommandError("--output-watch-events option can only be used with --watch or --watch-only")

    def _validate_raw(self) -> None:
        if self.args:
            raise CommandError("arguments may not be passed when --raw is specified")
        if self.watching or self.values["selector"]:
            what = "filter the server request or alter the output"
            raise CommandError(f"--raw may not be specified with other flags that {what}")
        if self.output:
            raise CommandError("--raw and --output are mutually exclusive")

    def run(self) -> int | None:
        """Fetches and prints."""
        if self.values["raw"]:
            return self._raw()
        if self.watching:
            from pykubectl.ops.watch_objects import watch

            watch(self, None if self.is_human else self._printer())
            return None
        if self.is_human:
            from pykubectl.ops.tables import TableRun

            return TableRun(self).run()
        return self._generic()

    def builder(self) -> Builder:
        """A builder over the arguments; tables are asked for where a person reads them."""
        values = self.values
        builder = resource_builder(self.factory, values, self.args, every=True).subresource(values["subresource"])
        # An order needs everything at once.
        builder.chunk_size(0 if values["sort-by"] and not self.watching else values["chunk-size"])
        if self.is_human and values["server-print"]:
            builder.tables(include_objects=bool(values["sort-by"]))
        return builder.latest()

    def _raw(self) -> int | None:
        from pykubectl.client.rest import split_target

        path, params = split_target(self.values["raw"])
        result = self.factory.rest.get(path, params, accept="application/json, */*")
        self.factory.streams.out.write(result.bytes.decode())
        return None

    def _printer(self) -> Printer:
        from pykubectl.plugins import output_formats
        from pykubectl.printers.flags import GET_FORMATS, PrintFlags

        return PrintFlags(
            self.output,
            show_managed_fields=self.values["show-managed-fields"],
            no_headers=self.values["no-headers"],
            allow_missing=self.values["allow-missing-template-keys"],
            template=self.values["template"],
            allowed=GET_FORMATS,
            extra=lambda: output_formats(self.factory.streams),
        ).to_printer()

    def _generic(self) -> int | None:
        errors: list[Exception] = []
        result = self.result()
        infos = result.infos(errors)
        if result.single:
            raise_all(errors)
        objects = [info.object for info in infos]
        if not objects and self.values["ignore-not-found"]:
            return None
        printer = self._printer()
        if self.values["sort-by"] and len(objects) > 1:
            from pykubectl.printers.sorting import sort_objects

            objects = sort_objects(objects, self.values["sort-by"])
        single = result.single and len(objects) == 1
        printer.print_obj(objects[0] if single else _list_of(objects), self.factory.streams.out)
        raise_all(errors)
        return None

    def result(self) -> Result:
        """What is asked for; as much of it as there is."""
        from pykubectl.machinery.errors import is_not_found

        result = self.builder().continue_on_error().result()
        return result.ignore_errors(is_not_found) if self.values["ignore-not-found"] else result


def _list_of(objects: list[Object]) -> Object:
    return {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": objects}


COMMAND = Command(
    "get [(-o|--output=)json|yaml|name|wide|...] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE/NAME ...) [flags]",
    "Display one or many resources",
    long="Display one or many resources.\n\nPrints a table of the most important information about the specified "
    "resources. You can filter the list using a label selector and the --selector flag. If the desired resource type "
    "is namespaced you will only see results in the current namespace if you don't specify any namespace.",
    examples="""  # List all pods in ps output format
  kubectl get pods

  # List all pods in ps output format with more information (such as node name)
  kubectl get pods -o wide

  # List a single deployment in JSON output format
  kubectl get -o json deployment web

  # Return only the phase value of the specified pod
  kubectl get -o jsonpath={.status.phase} pod/web-pod-13je7""",
    flags=(
        *PRINT_FLAGS,
        *FILE_FLAGS,
        SELECTOR,
        FIELD_SELECTOR,
        ALL_NAMESPACES,
        CHUNK_SIZE,
        Flag("ignore-not-found", kind=BOOL, default=False, help="Treat absent objects as found nothing."),
        Flag("label-columns", "L", STRINGS, help="Labels to present as columns."),
        Flag("no-headers", kind=BOOL, default=False, help="Don't print headers."),
        Flag("output-watch-events", kind=BOOL, default=False, help="Output watch event objects."),
        Flag("raw", help="Raw URI to request from the server."),
        Flag("server-print", kind=BOOL, default=True, help="Have the server return the table."),
        Flag("show-kind", kind=BOOL, default=False, help="List the resource type."),
        Flag("show-labels", kind=BOOL, default=False, help="Show all labels as the last column."),
        Flag("sort-by", help="Sort by a JSONPath expression, such as '{.metadata.name}'."),
        Flag("subresource", help="Operate on this subresource."),
        Flag("watch", "w", BOOL, False, "After listing, watch for changes."),
        Flag("watch-only", kind=BOOL, default=False, help="Watch for changes without listing first."),
    ),
    options=GetOptions,
)
