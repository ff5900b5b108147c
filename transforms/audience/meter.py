"""What each audience costs: processor time of leaves and nodes, split over who uses them."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from transforms.audience.plan import SitePlan


class Meter:
    """Charges the time since the last charge to nodes of a plan, or to its audiences.

    What is told in the end is the thread's processor time, split as the wall clock saw it go: to ask for processor
    time at every node is a call of the system each, and costs more than many a node.
    """

    def __init__(self, plan: SitePlan) -> None:
        self._plan = plan
        self._nodes_ms = [0.0] * (len(plan.leaves) + len(plan.ops))
        self._audiences_ms = np.zeros(len(plan.keys))
        self._unshared_ms = 0.0  # of a plan without audiences
        self._since = time.perf_counter()
        self._started = self._since, time.thread_time()

    def charge(self, nodes: Sequence[int]) -> None:
        """Split the time since the last charge evenly over some nodes."""
        spent_ms = self._lap_ms() / max(len(nodes), 1)
        for node in nodes:
            self._nodes_ms[node] += spent_ms

    def charge_audience(self, index: int) -> None:
        """Charge the time since the last charge to the audience ``keys[index]`` alone."""
        self._audiences_ms[index] += self._lap_ms()

    def charge_all(self) -> None:
        """Split the time since the last charge evenly over all audiences."""
        if self._plan.keys:
            self._audiences_ms += self._lap_ms() / len(self._plan.keys)
        else:
            self._unshared_ms += self._lap_ms()

    def per_audience_ms(self) -> npt.NDArray[np.float64]:
        """Milliseconds of each audience, in the order of the plan's keys; their sum is all that was charged."""
        return np.add(self._audiences_ms, shares(self._plan, self._nodes_ms)) * self._processor_share()

    def total_ms(self) -> float:
        """Everything that was charged, and the time since the last charge."""
        self.charge_all()
        charged_ms = sum(self._nodes_ms) + float(self._audiences_ms.sum()) + self._unshared_ms
        return charged_ms * self._processor_share()

    def _processor_share(self) -> float:
        """Processor time over wall time so far."""
        wall, processor = self._started
        passed = time.perf_counter() - wall
        return (time.thread_time() - processor) / passed if passed else 1.0

    def _lap_ms(self) -> float:
        now = time.perf_counter()
        spent, self._since = now - self._since, now
        return spent * 1e3


def shares(plan: SitePlan, nodes_ms: Sequence[float]) -> npt.NDArray[np.float64]:
    """What the nodes of a plan cost, by audience, in the order of its keys.

    Every node hands its cost on to those that use it, in equal parts, from the leaves up to the outputs.
    """
    cost = list(nodes_ms)
    outputs = np.array(plan.outputs, dtype=np.int64)
    users = (np.bincount(plan.arguments, minlength=len(cost)) + np.bincount(outputs, minlength=len(cost))).tolist()
    for node, _, _, arguments in plan.inner_nodes():
        for argument in arguments:
            cost[node] += cost[argument] / users[argument]
    return np.array([cost[node] / users[node] for node in plan.outputs], dtype=np.float64)
