"""pykubectl's ``up``, ``down`` and ``status``: a plugin like any other, which comes with the program."""

from __future__ import annotations

from collections.abc import Mapping

from mini_server.client_plugin.down import DownOptions
from mini_server.client_plugin.status import StatusOptions
from mini_server.client_plugin.up import UpOptions
from pykubectl.cli.command import Command
from pykubectl.cli.flags import BOOL, INT, Flag
from pykubectl.hookspecs import hookimpl

_GROUP = "A Cluster on This Machine"
_DATA_DIR = Flag("data-dir", help="Where the cluster keeps its data (default ~/.local/share/pykubectl/cluster).")

UP = Command(
    "up [-d] [--data-dir DIR] [--port N] [--nodes N] [--kubeconfig FILE] [--context NAME]",
    "Start a Kubernetes cluster on this machine",
    long="Start a Kubernetes cluster on this machine: API server, controllers, scheduler and hollow nodes in "
    "one process.\n\nWrites a context into the kubeconfig and makes it current. What the cluster holds stays in its "
    "data directory: the next start continues where it ended.",
    examples="""  # Start a cluster of three nodes in the background
  pykubectl up -d --nodes 3

  # Start a second one beside it, with a context of its own
  pykubectl up -d --data-dir ./second --context second""",
    flags=(
        _DATA_DIR,
        Flag("detach", "d", BOOL, False, "Run in the background."),
        Flag("nodes", kind=INT, default=1, help="How many hollow nodes there are; later starts keep the number."),
        Flag("port", kind=INT, default=0, help="The port to listen on; 0 takes a free one."),
    ),
    options=UpOptions,
    group=_GROUP,
)
DOWN = Command(
    "down [--data-dir DIR]",
    "Stop the cluster that up has started",
    long="Stop the cluster that up has started. Its data and its context in the kubeconfig stay.",
    examples="  # Stop the cluster\n  pykubectl down",
    flags=(_DATA_DIR,),
    options=DownOptions,
    group=_GROUP,
)
STATUS = Command(
    "status [--data-dir DIR]",
    "Tell whether a cluster is running",
    long="Tell whether a cluster is running. The exit code is 0 when it is and answers, otherwise 1.",
    examples="  # Start a cluster where none runs\n  pykubectl status || pykubectl up -d",
    flags=(_DATA_DIR,),
    options=StatusOptions,
    group=_GROUP,
)


@hookimpl
def pykubectl_commands() -> Mapping[str, Command]:
    """``up``, ``down``, ``status``."""
    return {"up": UP, "down": DOWN, "status": STATUS}
