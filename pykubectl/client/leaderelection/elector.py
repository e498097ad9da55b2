"""One leader among several candidates, by a Lease.

Source of the rules: client-go ``tools/leaderelection/leaderelection.go``, ``resourcelock/leaselock.go``.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pykubectl.client.errors import ClientError
from pykubectl.client.rest import RESTClient
from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.values.time import format_micro_time

if TYPE_CHECKING:
    from pykubectl.client.dynamic import DynamicClient
    from pykubectl.machinery.util.clock import Clock

LEASES = GroupVersionResource("coordination.k8s.io", "v1", "leases")
JITTER = 1.2

log = logging.getLogger(__name__)


def _impatient(client: DynamicClient, timeout: float) -> DynamicClient:
    """The same client with a limit for each request: without one, a leader whose network is cut would wait for an
    answer while another takes the lease. Source: client-go ``resourcelock/interface.go`` NewFromKubeconfig."""
    from pykubectl.client.dynamic import DynamicClient

    rest = client.rest
    config = rest.config.copy(timeout=min(rest.config.timeout or timeout, timeout))
    return DynamicClient(RESTClient(config, rest.transport, rest.warning_handler))


class LeaderElector:
    """Competes for a Lease, and renews it while it leads.

    * ``lease_duration``: a candidate waits this long after the last change it saw before it takes the lease; by its own
      clock, so clocks need not agree. ``renew_deadline``: a leader that could not renew for this long stops leading; no
      request waits longer than half of it.
      ``retry_period``: time between tries. All in seconds; ValueError where they do not fit together.
    * ``on_started_leading(stop)`` runs in a thread of its own; ``stop`` is set when leading ends. The thread of ``run``
      calls ``on_stopped_leading()`` when leading ends, and ``on_new_leader(identity)`` for each leader seen.
    * ``run`` blocks until ``stop`` is set or leadership is lost, and waits for ``on_started_leading`` to return.
      With ``release_on_cancel`` the lease is given back, so that another may lead at once.
    """

    def __init__(
        self,
        client: DynamicClient,
        namespace: str,
        name: str,
        identity: str,
        *,
        on_started_leading: Callable[[threading.Event], object],
        on_stopped_leading: Callable[[], object] = lambda: None,
        on_new_leader: Callable[[str], object] = lambda identity: None,
        lease_duration: float = 15.0,
        renew_deadline: float = 10.0,
        retry_period: float = 2.0,
        release_on_cancel: bool = False,
        clock: Clock | None = None,
        rand: Callable[[], float] = random.random,
    ) -> None:
        if lease_duration <= renew_deadline:
            raise ValueError("leaseDuration must be greater than renewDeadline")
        if renew_deadline <= JITTER * retry_period:
            raise ValueError("renewDeadline must be greater than retryPeriod*JitterFactor")
        if lease_duration < 1 or retry_period <= 0 or not identity:
            raise ValueError("leaseDuration, retryPeriod and identity must be given")
        if clock is None:
            from pykubectl.machinery.util.clock import RealClock

            clock = RealClock()
        self.identity = identity
        self._leases = _impatient(client, renew_deadline / 2).resource(LEASES).namespace(namespace)
        self._name = name
        self._callbacks = (on_started_leading, on_stopped_leading, on_new_leader)
        self._times = (lease_duration, renew_deadline, retry_period)
        self._release = release_on_cancel
        self._clock: Clock = clock
        self._rand = rand
        self._observed: dict[str, Any] | None = None
        self._observed_at = 0.0
        self._reported = ""

    @property
    def is_leader(self) -> bool:
        """Whether the lease last seen is this candidate's."""
        return self.leader == self.identity

    @property
    def leader(self) -> str:
        """The holder of the lease last seen; empty where there is none."""
        return str(((self._observed or {}).get("spec") or {}).get("holderIdentity") or "")

    def run(self, stop: threading.Event) -> None:
        """Wait for the lease, lead, return when that ends."""
        if not self._acquire(stop):
            return
        started, stopped, _ = self._callbacks
        leading_ended = threading.Event()
        worker = threading.Thread(target=started, args=(leading_ended,), name=f"leader-{self._name}")
        worker.start()
        try:
            self._renew(stop)
        finally:
            leading_ended.set()
            worker.join()
            if self._release and self.is_leader:
                self._give_back()
            stopped()

    def _acquire(self, stop: threading.Event) -> bool:
        while not stop.is_set():
            acquired = self._try()
            self._report()
            if acquired:
                return True
            self._clock.wait(stop, self._times[2] * (1.0 + JITTER * self._rand()))
        return False

    def _renew(self, stop: threading.Event) -> None:
        renewed = self._clock.monotonic()
        while not self._clock.wait(stop, self._times[2]):
            if self._try():
                renewed = self._clock.monotonic()
            elif self._clock.monotonic() - renewed >= self._times[1]:
                log.error("failed to renew lease %s: timed out", self._name)
                return
            self._report()
            if not self.is_leader:
                return

    def _try(self) -> bool:
        try:
            return self._acquire_or_renew()
        except StatusError as error:
            if error.code not in (404, 409):
                log.warning("error retrieving or updating lease %s: %s", self._name, error)
        except ClientError as error:
            log.warning("error retrieving or updating lease %s: %s", self._name, error)
        return False

    def _acquire_or_renew(self) -> bool:
        try:
            lease = self._leases.get(self._name)
        except StatusError as error:
            if error.code != 404:
                raise
            return self._create()
        spec = lease.get("spec") or {}
        if self._observed is None or spec != (self._observed.get("spec") or {}):
            self._observe(lease)
        holder = spec.get("holderIdentity") or ""
        expired = self._observed_at + (spec.get("leaseDurationSeconds") or 0) <= self._clock.monotonic()
        if holder and holder != self.identity and not expired:
            return False
        now = format_micro_time(self._clock.now())
        mine = holder == self.identity
        spec = {
            **spec,
            "holderIdentity": self.identity,
            "leaseDurationSeconds": int(self._times[0]),
            "acquireTime": spec.get("acquireTime") if mine else now,
            "renewTime": now,
            "leaseTransitions": (spec.get("leaseTransitions") or 0) + (0 if mine else 1),
        }
        self._observe(self._leases.update({**lease, "spec": spec}))
        return True

    def _create(self) -> bool:
        now = format_micro_time(self._clock.now())
        spec = {
            "holderIdentity": self.identity,
            "leaseDurationSeconds": int(self._times[0]),
            "acquireTime": now,
            "renewTime": now,
            "leaseTransitions": 0,
        }
        metadata = {"name": self._name}
        self._observe(
            self._leases.create(
                {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}
            )
        )
        return True

    def _give_back(self) -> None:
        assert self._observed is not None
        now = format_micro_time(self._clock.now())
        spec = {**self._observed["spec"], "holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": now}
        try:
            self._observe(self._leases.update({**self._observed, "spec": spec}))
        except (StatusError, ClientError) as error:
            log.warning("failed to release lease %s: %s", self._name, error)

    def _observe(self, lease: dict[str, Any]) -> None:
        self._observed = lease
        self._observed_at = self._clock.monotonic()

    def _report(self) -> None:
        if self.leader and self.leader != self._reported:
            self._reported = self.leader
            self._callbacks[2](self.leader)
