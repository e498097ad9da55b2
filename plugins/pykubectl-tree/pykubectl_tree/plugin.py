"""The command ``tree`` and the hook by which pykubectl finds it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, Flag
from pykubectl.hookspecs import hookimpl

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory
    from pykubectl.machinery.mapper import RESTMapping

Object = dict[str, Any]

# Lists at the same time: a cluster far away has some fifty kinds.
WORKERS = 8
# Events name an object without being owned by it, and there are many of them.
NEVER_OWNED = frozenset({"events"})


class TreeOptions:
    """Finds an object and prints what it owns, and what those own."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags and arguments."""
        self.factory, self.values, self.args = factory, parsed.values, parsed.args

    def validate(self) -> None:
        """Exactly one object."""
        several = len(self.args) != 2 and not (len(self.args) == 1 and "/" in self.args[0])
        if several or any("," in arg for arg in self.args):
            raise CommandError("one object is needed: pykubectl tree TYPE NAME, or TYPE/NAME")

    def run(self) -> int | None:
        """Prints the tree as a table."""
        from pykubectl.printers.tabwriter import TabWriter
        from pykubectl_tree.ownership import HEADER, cells, children_by_owner, rows

        namespace, _ = self.factory.namespace()
        info = self.factory.builder().namespace(namespace).arguments(self.args).result().infos()[0]
        root = info.object
        children = children_by_owner(self._candidates(info.namespace))
        now = datetime.now(UTC)
        table = [cells(row, now) for row in rows(root, children)]
        lines = table if self.values["no-headers"] else [HEADER, *table]
        TabWriter(self.factory.streams.out, min_width=0, padding=2).write(lines)
        return None

    def _candidates(self, namespace: str) -> list[Object]:
        """Everything that the object can own: its namespace's objects, or all when it is in none."""
        # That a kind is deprecated is no news to someone who asks what an object owns.
        self.factory.rest.warning_handler = None
        kinds = [m for m in self.factory.mapper.mappings() if "list" in m.verbs and _may_be_owned(m, namespace)]
        with ThreadPoolExecutor(WORKERS) as pool:
            lists = list(pool.map(lambda mapping: self._list(mapping, namespace), kinds))
        return [obj for objects in lists for obj in objects]

    def _list(self, mapping: RESTMapping, namespace: str) -> list[Object]:
        from pykubectl.client.dynamic import DynamicClient
        from pykubectl.machinery.errors import StatusError

        client = DynamicClient(self.factory.rest).resource(mapping.resource)
        if mapping.namespaced and namespace:
            client = client.namespace(namespace)
        kind = {"apiVersion": mapping.kind.api_version, "kind": mapping.kind.kind}
        try:
            return [{**kind, **item} for page in client.pages(limit=500) for item in page["items"]]
        except StatusError as error:
            self.factory.streams.warn(f"Warning: {mapping.resource.group_resource} are left out: {error}")
            return []


def _may_be_owned(mapping: RESTMapping, namespace: str) -> bool:
    """An owner in a namespace owns only what is in that namespace too."""
    return mapping.resource.resource not in NEVER_OWNED and (mapping.namespaced or not namespace)


TREE = Command(
    "tree (TYPE NAME | TYPE/NAME)",
    "Show an object and everything it owns",
    long="Show an object and everything it owns, as a tree.\n\nOwners are those of metadata.ownerReferences.",
    examples="""  # A deployment, its replica sets, and their pods
  pykubectl tree deployment web

  # The same in another namespace, without the header
  pykubectl tree deployment/web -n shop --no-headers""",
    flags=(Flag("no-headers", kind=BOOL, default=False, help="Don't print the header."),),
    options=TreeOptions,
)


@hookimpl
def pykubectl_commands() -> Mapping[str, Command]:
    """One command."""
    return {"tree": TREE}
