"""``patch``: changes fields of an object.

Source: kubectl ``pkg/cmd/patch/patch.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, Flag
from pykubectl.cli.groups import (
    DRY_RUN,
    FIELD_MANAGER,
    FILE_FLAGS,
    PRINT_FLAGS,
    dry_run,
    output_format,
    resource_builder,
)
from pykubectl.client.resource import JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory
    from pykubectl.visitor.info import Info

Object = dict[str, Any]

_TYPES = {
    "json": JSON_PATCH,
    "merge": MERGE_PATCH,
    "strategic": STRATEGIC_MERGE_PATCH,
}


class PatchOptions:
    """Sends a patch written as JSON or YAML."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags and arguments."""
        self.factory = factory
        self.values, self.args = parsed.values, parsed.args
        self.mode = dry_run(self.values)

    def validate(self) -> None:
        """There must be a patch of a known type."""
        values = self.values
        if values["patch"] and values["patch-file"]:
            raise CommandError("cannot specify --patch and --patch-file together")
        if not values["patch"] and not values["patch-file"]:
            raise CommandError("must specify --patch or --patch-file containing the contents of the patch")
        if values["local"] and self.args:
            raise CommandError("cannot specify --local and server resources")
        if values["type"].lower() not in _TYPES:
            raise CommandError(f'--type must be one of [json merge strategic], not "{values["type"]}"')

    def run(self) -> int | None:
        """Patches every object that is named."""
        import json

        from pykubectl.machinery.codecs import yaml
        from pykubectl.machinery.gostrings import quote

        text = self._text()
        if text.lstrip().startswith("{"):
            # What begins as JSON goes to the server as it is, which says what's wrong with it.
            patch = text.encode()
        else:
            try:
                patch = json.dumps(yaml.loads(text)).encode()
            except ValueError as error:
                raise CommandError(f"unable to parse {quote(text)}: {error}") from None
        builder = resource_builder(self.factory, self.values, self.args).subresource(self.values["subresource"])
        result = builder.local(self.values["local"]).continue_on_error().result()
        if not result.visit(lambda info: self._patch(info, patch)):
            raise CommandError("no objects passed to patch")
        return None

    def _patch(self, info: Info, patch: bytes) -> None:
        from pykubectl.printers.flags import PrintFlags

        values = self.values
        after = self._after(info, patch)
        done = "patched (no change)" if after == info.object else "patched"
        # kubectl doesn't say of a patch that it was a dry run.
        printer = PrintFlags(output_format(values), done, template=values["template"]).to_printer()
        printer.print_obj(after, self.factory.streams.out)

    def _after(self, info: Info, patch: bytes) -> Object:
        values, kind = self.values, self.values["type"].lower()
        if values["local"] or self.mode == "client":
            from pykubectl.ops.patching import patched

            return patched(info.object, patch, kind, info.mapping.kind)
        return info.client.patch(
            info.name,
            _TYPES[kind],
            patch,
            subresource=values["subresource"],
            dry_run="All" if self.mode == "server" else "",
            field_manager=values["field-manager"],
        )

    def _text(self) -> str:
        if self.values["patch"]:
            return str(self.values["patch"])
        try:
            with open(self.values["patch-file"], encoding="utf-8") as file:
                return file.read()
        except IsADirectoryError:
            raise CommandError(f"unable to read patch file: read {self.values['patch-file']}: is a directory") from None
        except OSError as error:
            text = (error.strerror or str(error)).lower()
            raise CommandError(f"unable to read patch file: open {self.values['patch-file']}: {text}") from None


COMMAND = Command(
    "patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE] [flags]",
    "Update fields of a resource",
    long="Update fields of a resource using strategic merge patch, a JSON merge patch, or a JSON patch.",
    examples="""  # Partially update a node
  kubectl patch node k8s-node-1 -p '{"spec":{"unschedulable":true}}'

  # Update a container's image using a JSON patch with positional arrays
  kubectl patch pod web --type='json' -p='[{"op": "replace", "path": "/spec/containers/0/image", "value":"x"}]'""",
    flags=(
        *PRINT_FLAGS,
        *FILE_FLAGS,
        DRY_RUN,
        FIELD_MANAGER._replace(default="kubectl-patch"),
        Flag("local", kind=BOOL, default=False, help="Work on what the file says; the server is not asked."),
        Flag("patch", "p", help="The patch to be applied to the resource."),
        Flag("patch-file", help="A file containing a patch to be applied to the resource."),
        Flag("subresource", help="Operate on this subresource."),
        Flag("type", default="strategic", help="The type of patch being provided; one of [json merge strategic]"),
    ),
    options=PatchOptions,
)
