"""``cluster-info``.

Source: kubectl ``pkg/cmd/clusterinfo/clusterinfo.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.cli.streams import IOStreams
    from pykubectl.factory.factory import Factory

_GREEN, _YELLOW = "0;32", "0;33"


class ClusterInfoOptions:
    """Prints where the control plane and marked services are."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes nothing but the factory."""
        self.factory, self.args = factory, parsed.args

    def validate(self) -> None:
        """``dump`` is not part of this version."""
        if self.args[:1] == ["dump"]:
            raise CommandError(f"cluster-info {self.args[0]} is not part of this version")

    def run(self) -> int | None:
        """Asks for services that say they belong to the cluster."""
        from pykubectl.client.dynamic import DynamicClient
        from pykubectl.machinery.schema import GroupVersionResource

        streams, host = self.factory.streams, self.factory.rest_config.host
        client = DynamicClient(self.factory.rest).resource(GroupVersionResource("", "v1", "services"))
        services = client.namespace("kube-system").list(label_selector="kubernetes.io/cluster-service=true")["items"]
        self._place("Kubernetes control plane", host)
        for service in services:
            meta = service["metadata"]
            name = (meta.get("labels") or {}).get("kubernetes.io/name") or meta["name"]
            ports = (service.get("spec") or {}).get("ports") or [{}]
            port = f":{ports[0]['name']}" if ports[0].get("name") else ""
            link = f"{host}/api/v1/namespaces/{meta['namespace']}/services/{meta['name']}{port}/proxy"
            self._place(name, link)
        streams.print()
        streams.print("To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.")
        return None

    def _place(self, name: str, link: str) -> None:
        streams = self.factory.streams
        streams.print(f"{_colour(streams, name, _GREEN)} is running at {_colour(streams, link, _YELLOW)}")


def _colour(streams: IOStreams, text: str, code: str) -> str:
    """kubectl colours these lines on a terminal, unless NO_COLOR is set or TERM is dumb."""
    import os

    if not streams.out.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{code}m{text}\x1b[0m"


COMMAND = Command(
    "cluster-info [flags]",
    "Display cluster information",
    long="Display addresses of the control plane and services with label kubernetes.io/cluster-service=true.",
    examples="  # Print the address of the control plane and cluster services\n  kubectl cluster-info",
    options=ClusterInfoOptions,
)
