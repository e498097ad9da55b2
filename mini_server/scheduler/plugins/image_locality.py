"""ImageLocality: prefers nodes that hold the pod's images."""

from __future__ import annotations

from collections import Counter

from mini_server.scheduler.framework.interface import MAX_NODE_SCORE, CycleState, Pod, Snapshot, Status
from mini_server.scheduler.nodeinfo import NodeInfo

_MIB = 1024 * 1024
_MIN = 23 * _MIB
_MAX_PER_CONTAINER = 1000 * _MIB


class ImageLocality:
    """Source: kubernetes ``pkg/scheduler/framework/plugins/imagelocality/image_locality.go``."""

    name = "ImageLocality"

    def pre_score(self, state: CycleState, pod: Pod, nodes: list[NodeInfo]) -> Status | None:
        """Counts the nodes that hold each image: one that is everywhere says more than one that is on one node."""
        snapshot: Snapshot = state["snapshot"]
        spread = Counter(name for node in snapshot.nodes for name in _sizes(node))
        state[self.name] = {name: count / len(snapshot.nodes) for name, count in spread.items()}
        return None

    def score(self, state: CycleState, pod: Pod, node: NodeInfo) -> float:
        """From the summed size of the images that are there, between 23 MiB and 1000 MiB per container."""
        sizes, spread = _sizes(node), state[self.name]
        containers = [*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]]
        images = [_normalized(container.get("image", "")) for container in containers]
        total = sum(int(sizes[image] * spread[image]) for image in images if image in sizes)
        highest = _MAX_PER_CONTAINER * len(containers)
        total = min(max(total, _MIN), highest)
        return MAX_NODE_SCORE * (total - _MIN) // (highest - _MIN)


def _sizes(node: NodeInfo) -> dict[str, int]:
    images = node.node.get("status", {}).get("images") or []
    return {name: image.get("sizeBytes", 0) for image in images for name in image.get("names") or []}


def _normalized(image: str) -> str:
    """With the tag that an image without one means."""
    return image if ":" in image.rsplit("/", 1)[-1] or "@" in image else f"{image}:latest"
