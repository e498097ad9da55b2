"""``label``, and what ``annotate`` shares with it.

Source: kubectl ``pkg/cmd/label/label.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, Flag
from pykubectl.cli.groups import (
    ALL,
    ALL_NAMESPACES,
    DRY_RUN,
    FIELD_MANAGER,
    FIELD_SELECTOR,
    FILE_FLAGS,
    PRINT_FLAGS,
    SELECTOR,
    dry_run,
    no_kustomize,
    operation,
    output_format,
    resource_builder,
)
from pykubectl.ops import metadata

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory
    from pykubectl.printers.interface import Printer
    from pykubectl.visitor.info import Info

Object = dict[str, Any]


class LabelOptions:
    """Sets and removes entries of a map in the metadata."""

    field = "labels"
    noun = "label"
    done, removed = "labeled", "unlabeled"
    tells_missing = True
    # kubectl annotate separates documents; kubectl label has a new printer for each.
    one_printer = False
    printer: Printer | None = None

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags and arguments."""
        self.factory = factory
        self.values = parsed.values
        self.mode = dry_run(self.values)
        self.resources, pairs = metadata.split(parsed.args, self.noun)
        self.changes = metadata.changes(pairs, self.noun)

    def validate(self) -> None:
        """There must be changes, of valid keys and values."""
        no_kustomize(self.values)
        if not self.resources and not self.values["filename"]:
            raise CommandError("one or more resources must be specified as <resource> <name> or <resource>/<name>")
        listing = self.values["list"]
        if not listing and not self.changes.new and not self.changes.removed:
            raise CommandError(f"at least one {self.noun} update is required")
        self._validate_values()

    def _validate_values(self) -> None:
        from pykubectl.machinery.validation import names

        # Keys are the server's to judge.
        for key, value in self.changes.new.items():
            if faults := names.is_valid_label_value(value):
                raise CommandError(f'invalid label value: "{key}={value}": {"; ".join(faults)}')

    def run(self) -> int | None:
        """Changes everything. Raises Aggregate of what failed."""
        values = self.values
        builder = resource_builder(self.factory, values, self.resources, every=values["all"])
        result = builder.local(values["local"]).latest().continue_on_error().result()
        if values["resource-version"] and not result.single:
            raise CommandError("--resource-version may only be used with a single resource")
        result.visit(lambda info: self._change(info, not result.single))
        return None

    def _change(self, info: Info, several: bool) -> None:
        before = info.object
        existing = before["metadata"].get(self.field) or {}
        key = metadata.conflicting(existing, self.changes)
        if key is not None and not self.values["overwrite"]:
            raise CommandError(self._conflict(key, existing[key]))
        if self.values["list"]:
            changed = {**existing, **self.changes.new}
            self._list(info, {name: changed[name] for name in changed if name not in self.changes.removed}, several)
            return
        if self.tells_missing and not self.values["local"] and self.mode != "client":
            for gone in self.changes.removed:
                if gone not in existing:
                    self.factory.streams.print(f'{self.noun} "{gone}" not found.')
        after = self._apply(info, before)
        self._print(before, after)

    def _conflict(self, key: str, value: str) -> str:
        return f"'{key}' already has a value ({value}), and --overwrite is false"

    def _list(self, info: Info, existing: dict[str, str], several: bool) -> None:
        streams = self.factory.streams
        indent = " " if several else ""
        if several:
            kind = info.mapping.kind
            streams.print(f"Listing {self.noun}s for {kind.kind}.{kind.group}/{info.name}:")
        for key, value in sorted(existing.items()):
            streams.print(f"{indent}{key}={value}")

    def _apply(self, info: Info, before: Object) -> Object:
        from pykubectl.client.resource import MERGE_PATCH
        from pykubectl.machinery.patch import merge

        patch = metadata.patch(self.field, self.changes, self.values["resource-version"])
        if self.values["local"] or self.mode == "client":
            changed: Object = merge.apply(before, patch)
            if not changed["metadata"].get(self.field):
                changed["metadata"].pop(self.field, None)
            return changed
        return info.client.patch(
            info.name,
            MERGE_PATCH,
            patch,
            dry_run="All" if self.mode == "server" else "",
            field_manager=self.values["field-manager"],
        )

    def _print(self, before: Object, after: Object) -> None:
        from pykubectl.printers.flags import PrintFlags

        done = self._outcome(before["metadata"].get(self.field) or {}, after["metadata"].get(self.field) or {})
        if self.printer is None or not self.one_printer:
            self.printer = PrintFlags(output_format(self.values), operation(done, self.mode)).to_printer()
        self.printer.print_obj(after, self.factory.streams.out)

    def _outcome(self, before: dict[str, str], after: dict[str, str]) -> str:
        if before == after:
            return f"not {self.done}"
        if self.changes.removed and not self.changes.new:
            return self.removed
        return self.done


FLAGS = (
    *PRINT_FLAGS,
    *FILE_FLAGS,
    SELECTOR,
    FIELD_SELECTOR,
    ALL,
    ALL_NAMESPACES,
    DRY_RUN,
    Flag("list", kind=BOOL, default=False, help="Display what is there."),
    Flag("local", kind=BOOL, default=False, help="Do not contact the server; work on what files say."),
    Flag("overwrite", kind=BOOL, default=False, help="Allow values to be overwritten."),
    Flag("resource-version", help="Only change the object at this version."),
)

COMMAND = Command(
    "label [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    "Update the labels on a resource",
    examples="""  # Update pod 'foo' with the label 'unhealthy' and the value 'true'
  kubectl label pods foo unhealthy=true

  # Update pod 'foo' by removing a label named 'bar' if it exists
  kubectl label pods foo bar-""",
    flags=(*FLAGS, FIELD_MANAGER._replace(default="kubectl-label")),
    options=LabelOptions,
)
