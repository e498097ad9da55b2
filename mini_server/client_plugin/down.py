"""``down``."""

from __future__ import annotations

import os
import signal
import time

from mini_server.client_plugin.options import ClusterCommand
from pykubectl.cli.errors import CommandError

STOP_TIMEOUT = 15.0


class DownOptions(ClusterCommand):
    """Stops a cluster."""

    def run(self) -> int | None:
        """Returns when the process has gone."""
        running = self.state.running()
        if running is None:
            raise CommandError(f"no cluster is running from {self.data_dir}")
        try:
            os.kill(running.pid, signal.SIGTERM)
        except ProcessLookupError:
            # It has ended by itself since.
            pass
        except PermissionError:
            raise CommandError(f"process {running.pid} belongs to another user") from None
        deadline = time.monotonic() + STOP_TIMEOUT
        while running.is_running:
            if time.monotonic() > deadline:
                raise CommandError(f"process {running.pid} did not end within {STOP_TIMEOUT:.0f} s")
            time.sleep(0.02)
        self.factory.streams.print(f"The cluster has stopped; its data is kept in {self.data_dir}")
        return None
