"""What controllers are told by: shared informers with one thread for all, and monitors without a cache."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mini_server.controllers.informers import ControllerInformers, ResourceMonitor
from mini_server.controllers.resources import CONFIG_MAPS, PODS, SERVICES
from pykubectl.client.config.rest_config import RESTConfig
from pykubectl.client.dynamic import DynamicClient
from pykubectl.client.informers.factory import DynamicSharedInformerFactory
from pykubectl.client.rest import RESTClient
from pykubectl.client.transport.interface import Request, Response
from pykubectl.machinery.codecs import json
from pykubectl.machinery.util.clock import RealClock

Object = dict[str, Any]


class Answer:
    """A list, or a watch that has nothing to tell until it is closed."""

    status = 200

    def __init__(self, body: bytes | None) -> None:
        self.headers = {"content-type": "application/json"}
        self._body = body
        self._closed = threading.Event()

    def read(self) -> bytes:
        return self._body or b""

    def chunks(self) -> Iterator[bytes]:
        yield self.read()

    def lines(self) -> Iterator[bytes]:
        self._closed.wait()
        yield from ()

    def close(self) -> None:
        if self._body is None:
            self._closed.set()


class Server:
    """Lists one object per resource."""

    def send(self, request: Request) -> Response:
        if "watch" in dict(request.query):
            return Answer(None)
        name = request.path.rsplit("/", 1)[-1]
        items = [obj(name)]
        return Answer(json.dumps({"metadata": {"resourceVersion": "1"}, "items": items}))

    def close(self) -> None:
        """Nothing is open."""


def obj(name: str, uid: str = "u") -> Object:
    return {"metadata": {"name": name, "namespace": "ns", "uid": uid, "resourceVersion": "1"}}


class World:
    """Informers over `Server`, started by `start`."""

    def __init__(self) -> None:
        client = DynamicClient(RESTClient(RESTConfig(host="https://server"), Server()))
        self.factory = DynamicSharedInformerFactory(client)
        self.informers = ControllerInformers(self.factory, client, RealClock())
        self.stopping = threading.Event()

    def start(self) -> None:
        self.informers.start()
        self.factory.start(self.stopping)
        assert self.factory.wait_for_cache_sync(10)

    def threads(self) -> list[str]:
        names = [thread.name.split("-")[0] for thread in threading.enumerate()]
        return sorted(name for name in names if name in ("pods", "services", "configmaps"))


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.informers.stop()
    made.factory.shutdown()
    made.stopping.set()
    made.factory.join()
    assert made.threads() == []


class Listener:
    """Remembers names, and tells when there is one."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.told = threading.Event()

    def __call__(self, seen: Object) -> None:
        self.names.append(seen["metadata"]["name"])
        self.told.set()

    def wait(self) -> list[str]:
        assert self.told.wait(10)
        return self.names


def ignore(*_: Object) -> None:
    """Nobody cares."""


def test_handlers_of_an_informer_share_a_thread(world: World) -> None:
    listeners = [Listener() for _ in range(5)]
    for listener in listeners:
        world.informers.informer(PODS).add_event_handler(listener, ignore, ignore)
    world.start()

    assert [listener.wait() for listener in listeners] == [["pods"]] * 5
    assert len(world.threads()) == 3
    assert [found["metadata"]["name"] for found in world.informers.informer(PODS).list()] == ["pods"]


def test_one_handlers_failure_is_nobody_elses(world: World, caplog: pytest.LogCaptureFixture) -> None:
    listener = Listener()

    def fail(_: Object) -> None:
        raise ZeroDivisionError

    world.informers.informer(PODS).add_event_handler(fail, ignore, ignore)
    world.informers.informer(PODS).add_event_handler(listener, ignore, ignore)
    with caplog.at_level(logging.ERROR):
        world.start()
        assert listener.wait() == ["pods"]

    assert "event handler failed" in caplog.text


def test_a_monitor_of_a_shared_resource_needs_no_thread(world: World) -> None:
    world.informers.informer(PODS).add_event_handler(ignore, ignore, ignore)
    listener = Listener()
    monitor = world.informers.monitor(PODS, listener, ignore)
    before = monitor.synced

    world.start()

    assert listener.wait() == ["pods"]
    assert (before, monitor.synced) == (False, True)
    assert len(world.threads()) == 3


@pytest.mark.parametrize("late", [False, True])
def test_another_monitor_has_one(world: World, late: bool) -> None:
    listener = Listener()
    if late:
        world.start()
    monitor = world.informers.monitor(SERVICES, listener, ignore)
    if not late:
        world.start()

    assert listener.wait() == ["services"]
    assert world.threads() == ["services"]
    monitor.stop()
    assert world.threads() == []


def test_an_informer_nobody_asked_for_in_time_is_refused(world: World) -> None:
    world.start()
    with pytest.raises(RuntimeError, match="configmaps"):
        world.informers.informer(CONFIG_MAPS)


# What a monitor makes of a list that came again


def monitor_of(seen: Callable[[Object], None], gone: Callable[[Object], None]) -> ResourceMonitor:
    client = DynamicClient(RESTClient(RESTConfig(host="https://server"), Server()))
    return ResourceMonitor(client, PODS, seen, gone, RealClock())


def test_what_a_new_list_lacks_is_gone() -> None:
    gone: list[Object] = []
    monitor = monitor_of(ignore, gone.append)
    monitor.replace([obj("a"), obj("b"), obj("c", uid="old")])
    assert monitor.synced

    monitor.replace([obj("b"), obj("c", uid="new")])

    assert [(o["metadata"]["name"], o["metadata"]["uid"]) for o in gone] == [("a", "u"), ("c", "old")]


def test_each_change_is_told() -> None:
    seen, gone = Listener(), Listener()
    monitor = monitor_of(seen, gone)

    monitor.add(obj("a"))
    monitor.update(obj("a"))
    monitor.delete(obj("a"))
    monitor.replace([])

    assert (seen.names, gone.names) == (["a", "a"], ["a"])
