"""Pod addresses of one node."""

from __future__ import annotations

import ipaddress
from threading import Lock


class AddressPool:
    """Hands out the host addresses of a CIDR, one per pod uid; safe to use from several threads.

    An address already in a pod's status is claimed with `claim`, so that a restarted kubelet gives no address twice.
    """

    def __init__(self, cidr: str) -> None:
        self._network = ipaddress.ip_network(cidr)
        self._by_uid: dict[str, str] = {}
        self._used: set[str] = set()
        self._next = 0
        self._lock = Lock()

    def claim(self, uid: str, address: str) -> None:
        """Records that a pod holds an address."""
        with self._lock:
            self._by_uid[uid] = address
            self._used.add(address)

    def take(self, uid: str) -> str:
        """The pod's address, a new one where it has none. Raises RuntimeError when the range is used up."""
        with self._lock:
            if uid in self._by_uid:
                return self._by_uid[uid]
            # The network's own address and the gateway's (.1) are not for pods; the last one is the broadcast.
            size = self._network.num_addresses - 3
            for offset in range(size):
                address = str(self._network[2 + (self._next + offset) % size])
                if address not in self._used:
                    self._next = (self._next + offset + 1) % size
                    self._by_uid[uid] = address
                    self._used.add(address)
                    return address
            raise RuntimeError(f"no pod address left in {self._network}")

    def release(self, uid: str) -> None:
        """Gives a pod's address back; does nothing where it has none."""
        with self._lock:
            address = self._by_uid.pop(uid, None)
            if address is not None:
                self._used.discard(address)
