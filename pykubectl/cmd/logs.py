"""``logs``.

Source: kubectl ``pkg/cmd/logs/logs.go``, ``pkg/polymorphichelpers/logsforobject.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, DURATION, INT, Flag
from pykubectl.cli.groups import SELECTOR

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory


class LogsOptions:
    """Prints the logs of a pod, of a workload's pod, or of all pods that a selector finds."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags and arguments; a second argument is the container."""
        self.factory, self.values, self.args = factory, parsed.values, parsed.args
        self.container = self.values["container"]
        if len(self.args) == 2 and not self.values["selector"]:
            if self.container:
                raise CommandError("only one of -c or an inline [CONTAINER] arg is allowed")
            self.container = self.args[1]

    def validate(self) -> None:
        """Something must be named; some flags exclude each other."""
        values = self.values
        usage = (
            "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for "
            "the logs command\nSee 'kubectl logs -h' for help and examples"
        )
        if not self.args and not values["selector"]:
            raise CommandError(usage)
        if len(self.args) > 2 or (self.args and values["selector"]):
            if values["selector"]:
                raise CommandError(
                    "only a selector (-l) or a POD name is allowed\nSee 'kubectl logs -h' for help and examples"
                )
            raise CommandError(usage)
        if values["all-containers"] and self.container:
            raise CommandError("--all-containers=true should not be specified with container name " + self.container)
        if values["since-time"]:
            _check_time(values["since-time"])
        if values["since"] and values["since-time"]:
            raise CommandError("at most one of `sinceTime` or `sinceSeconds` may be specified")
        if values["since"] < 0:
            raise CommandError("--since must be greater than 0")
        if values["limit-bytes"] < 0:
            raise CommandError("--limit-bytes must be greater than 0")
        if values["tail"] < -1:
            raise CommandError("--tail must be greater than or equal to -1")
        if values["pod-running-timeout"] <= 0:
            raise CommandError("--pod-running-timeout must be higher than zero")

    def run(self) -> int | None:
        """Prints, following where that is asked for."""
        from pykubectl.ops.logs import LogRun

        namespace, _ = self.factory.namespace()
        return LogRun(self.factory, namespace, self.values, self.args, self.container, self._query()).run()

    def _query(self) -> dict[str, Any]:
        values = self.values
        tail = values["tail"]
        if values["selector"] and "tail" not in values.changed and not values["follow"]:
            tail = 10
        return {
            "follow": values["follow"] or None,
            "previous": values["previous"] or None,
            "timestamps": values["timestamps"] or None,
            "limitBytes": values["limit-bytes"] or None,
            "tailLines": tail if tail >= 0 else None,
            "sinceSeconds": int(values["since"]) or None,
            "sinceTime": values["since-time"] or None,
            "insecureSkipTLSVerifyBackend": values["insecure-skip-tls-verify-backend"] or None,
        }


def _check_time(text: str) -> None:
    from pykubectl.machinery.values.time import parse_time

    try:
        parse_time(text)
    except ValueError:
        # Go says how far its layout went; a text that isn't a time at all fails at the year.
        layout = "2006-01-02T15:04:05Z07:00"
        raise CommandError(f'parsing time "{text}" as "{layout}": cannot parse "{text}" as "2006"') from None


COMMAND = Command(
    "logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]",
    "Print the logs for a container in a pod",
    long="Print the logs for a container in a pod or specified resource. If the pod has only one container, the "
    "container name is optional.",
    examples="""  # Return snapshot logs from pod nginx with only one container
  kubectl logs nginx

  # Begin streaming the logs of the ruby container in pod web-1
  kubectl logs -f -c ruby web-1

  # Show all logs from pod nginx written in the last hour
  kubectl logs --since=1h nginx""",
    flags=(
        SELECTOR,
        Flag("all-containers", kind=BOOL, default=False, help="Get all containers' logs in the pods."),
        Flag("all-pods", kind=BOOL, default=False, help="Get logs from all pods; sets prefix to true."),
        Flag("container", "c", help="Print the logs of this container"),
        Flag("follow", "f", BOOL, False, "Specify if the logs should be streamed."),
        Flag("ignore-errors", kind=BOOL, default=False, help="Go on after an error that is no fatal one."),
        Flag(
            "insecure-skip-tls-verify-backend",
            kind=BOOL,
            default=False,
            help="Do not check the certificate of the kubelet that the logs are requested from.",
        ),
        Flag("limit-bytes", kind=INT, default=0, help="Maximum bytes of logs to return."),
        Flag("max-log-requests", kind=INT, default=5, help="How many logs to follow at once with a selector."),
        Flag("pod-running-timeout", kind=DURATION, default=20.0, help="How long to wait until a pod is running."),
        Flag("prefix", kind=BOOL, default=False, help="Prefix each log line with the log source."),
        Flag("previous", "p", BOOL, False, "Print the logs for the previous instance of the container."),
        Flag("since", kind=DURATION, default=0.0, help="Only return logs newer than a relative duration."),
        Flag("since-time", help="Only return logs after a specific date (RFC3339)."),
        Flag("tail", kind=INT, default=-1, help="Lines of recent log file to display."),
        Flag("timestamps", kind=BOOL, default=False, help="Include timestamps on each line in the log output."),
    ),
    options=LogsOptions,
)
