"""``status``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mini_server.client_plugin.options import ClusterCommand

if TYPE_CHECKING:
    from mini_server.client_plugin.state import Cluster

ANSWER_TIMEOUT = 5.0


class StatusOptions(ClusterCommand):
    """Says how the cluster is."""

    def run(self) -> int | None:
        """Exit code 0 where a cluster runs and answers, else 1."""
        last, streams = self.state.last(), self.factory.streams
        if last is None:
            streams.print(f"There is no cluster in {self.data_dir}: '{self.command('up')}' makes one")
        elif last.is_running:
            return self._tell(last)
        elif last.pid:
            streams.print(f"The cluster in {self.data_dir} was killed: '{self.command('up')}' continues from its data")
        else:
            streams.print(f"The cluster in {self.data_dir} is stopped: '{self.command('up')}' starts it again")
        return 1

    def _tell(self, cluster: Cluster) -> int:
        fault = self._fault(cluster)
        rows = {
            "Cluster": f"not ready: {fault}" if fault else "ready",
            "Address": cluster.url,
            "Nodes": str(cluster.nodes),
            "Process": str(cluster.pid),
            "Data": str(self.data_dir),
            "Kubeconfig": f'{cluster.kubeconfig} (context "{cluster.context}")',
        }
        for name, value in rows.items():
            self.factory.streams.print(f"{name + ':':<12}{value}")
        return 1 if fault else 0

    def _fault(self, cluster: Cluster) -> str:
        """Why the server is not ready; empty when it is."""
        from pykubectl.client.config.client_config import parse_timeout
        from pykubectl.client.config.rest_config import RESTConfig
        from pykubectl.client.errors import ClientError
        from pykubectl.client.rest import RESTClient
        from pykubectl.machinery.errors import StatusError

        ca = str(self.data_dir / "pki" / "ca.crt")
        limit = parse_timeout(self.values["request-timeout"]) or ANSWER_TIMEOUT
        config = RESTConfig(host=cluster.url, ca_file=ca, timeout=limit)
        try:
            RESTClient.for_config(config).get("/readyz", accept="*/*")
        except (ClientError, StatusError) as error:
            return str(error).partition("\n")[0]
        return ""
