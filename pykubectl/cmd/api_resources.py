"""``api-resources``.

Source: kubectl ``pkg/cmd/apiresources/apiresources.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, STRINGS, Flag

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory
    from pykubectl.machinery.mapper import RESTMapping


class APIResourcesOptions:
    """Lists resources with names, group version, scope and kind."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags."""
        self.factory = factory
        self.values, self.args = parsed.values, parsed.args

    def validate(self) -> None:
        """Known formats and orders only."""
        output, order = self.values["output"], self.values["sort-by"]
        if self.args:
            text = (
                f"unexpected arguments: [{' '.join(self.args)}]\nSee 'kubectl api-resources -h' for help and examples"
            )
            raise CommandError(text)
        if output not in ("", "wide", "name", "json", "yaml"):
            formats = "json,kyaml,name,wide,yaml"
            text = (
                f'unable to match a printer suitable for the output format "{output}", allowed formats are: {formats}'
            )
            raise CommandError(text)
        if order not in ("", "name", "kind"):
            raise CommandError("--sort-by accepts only name or kind")

    def run(self) -> int | None:
        """Prints a row per resource."""
        if not self.values["cached"]:
            self.factory.discovery.invalidate()
        found = [m for m in self._all() if self._wanted(m)]
        if self.values["output"] in ("json", "yaml"):
            self._document(found)
            return None
        if self.values["output"] == "name":
            for mapping in found:
                self.factory.streams.print(_full_name(mapping))
            return None
        self._table(found)
        return None

    def _all(self) -> list[RESTMapping]:
        """In order of group, then name, or as asked for."""
        order = self.values["sort-by"]
        mappings = [m for m in self.factory.mapper.mappings() if m.verbs]
        preferred = {g["name"]: g["preferredVersion"]["version"] for g in self.factory.discovery.server_groups()}
        mappings = [m for m in mappings if preferred.get(m.resource.group) == m.resource.version]
        if order == "kind":
            return sorted(mappings, key=lambda m: m.kind.kind)
        if order == "name":
            return sorted(mappings, key=lambda m: m.resource.resource)
        return sorted(mappings, key=lambda m: (m.resource.group, m.resource.resource))

    def _wanted(self, mapping: RESTMapping) -> bool:
        values = self.values
        if "api-group" in values.changed and mapping.resource.group != values["api-group"]:
            return False
        if "namespaced" in values.changed and mapping.namespaced != values["namespaced"]:
            return False
        if not set(values["verbs"]) <= set(mapping.verbs):
            return False
        return not values["categories"] or bool(set(values["categories"]) <= set(mapping.categories))

    def _table(self, found: list[RESTMapping]) -> None:
        from pykubectl.printers.tabwriter import TabWriter

        wide = self.values["output"] == "wide"
        rows = [] if self.values["no-headers"] else [_header(wide)]
        rows += [_row(mapping, wide) for mapping in found]
        TabWriter(self.factory.streams.out).write(rows)

    def _document(self, found: list[RESTMapping]) -> None:
        from pykubectl.machinery.gojson import Struct
        from pykubectl.printers.flags import PrintFlags

        resources: list[dict[str, Any]] = []
        for mapping in found:
            entry = Struct(name=mapping.resource.resource, singularName=mapping.singular, namespaced=mapping.namespaced)
            if mapping.resource.group:
                entry["group"] = mapping.resource.group
            entry["version"], entry["kind"] = mapping.resource.version, mapping.kind.kind
            entry["verbs"] = list(mapping.verbs)
            if mapping.short_names:
                entry["shortNames"] = list(mapping.short_names)
            if mapping.categories:
                entry["categories"] = list(mapping.categories)
            resources.append(entry)
        document = Struct(kind="APIResourceList", apiVersion="v1", groupVersion="", resources=resources)
        PrintFlags(self.values["output"]).to_printer().print_obj(document, self.factory.streams.out)


def _full_name(mapping: RESTMapping) -> str:
    group = mapping.resource.group
    return f"{mapping.resource.resource}.{group}" if group else mapping.resource.resource


def _header(wide: bool) -> list[str]:
    head = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"]
    return [*head, "VERBS", "CATEGORIES"] if wide else head


def _row(mapping: RESTMapping, wide: bool) -> list[str]:
    row = [
        mapping.resource.resource,
        ",".join(mapping.short_names),
        str(mapping.resource.group_version),
        str(mapping.namespaced).lower(),
        mapping.kind.kind,
    ]
    return [*row, ",".join(mapping.verbs), ",".join(mapping.categories)] if wide else row


COMMAND = Command(
    "api-resources [flags]",
    "Print the supported API resources on the server",
    examples="""  # Print the supported API resources
  kubectl api-resources

  # Print the supported namespaced resources
  kubectl api-resources --namespaced=true""",
    flags=(
        Flag("api-group", help="Limit to resources in the specified API group."),
        Flag("cached", kind=BOOL, default=False, help="Use the cached list of resources if available."),
        Flag("categories", kind=STRINGS, help="Limit to resources that belong to the specified categories."),
        Flag("namespaced", kind=BOOL, default=True, help="False: only resources without a namespace."),
        Flag("no-headers", kind=BOOL, default=False, help="Don't print headers."),
        Flag("output", "o", help="Output format. One of: (wide, name, json, yaml)."),
        Flag("show-managed-fields", kind=BOOL, default=False, help="There are none: the list is no stored object."),
        Flag("sort-by", help="Sort list of resources using specified field: name or kind."),
        Flag("verbs", kind=STRINGS, help="Limit to resources that support the specified verbs."),
    ),
    options=APIResourcesOptions,
)
