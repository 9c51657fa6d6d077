"""Running delays by name: in memory by boot time, on disk as `Deadline`s."""

from __future__ import annotations

import heapq
from itertools import islice
from typing import TYPE_CHECKING

from gateway.decide.deadline import CHECKPOINT_NS, Deadline
from gateway.model import NANOSECONDS, Now, Outcome, Remember

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.contract import Json

DELAYS = ("on:", "off:", "test:")
"""What the names of the delays of alarms begin with."""


AT_ONCE = 100
"""More delays than these are not ended in one turn: ten thousand at once would keep the road for seconds."""


class Timers:
    """Named delays. Starting and stopping give the `Remember`s that make them survive a restart.

    `prefixes` is what the names of its own begin with; no other part of the judgement uses them.
    """

    def __init__(self, remembered: Mapping[str, Json], now: Now, prefixes: tuple[str, ...] = DELAYS) -> None:
        self._running: dict[str, Deadline] = {}
        self._due: list[tuple[int, str]] = []
        self._resumed = [
            self._run(name, Deadline.from_json(body).resumed(now))
            for name, body in remembered.items()
            if name.startswith(prefixes)
        ]

    def __contains__(self, name: str) -> bool:
        return name in self._running

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._running))

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME of the next delay to end, None when none runs."""
        while self._due and not self._stands(*self._due[0]):
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def resumed(self) -> list[Outcome]:
        """What is left after a start, to be written down once.

        A second start, without a clock, would else give back the time that the first one counted.
        """
        resumed, self._resumed = self._resumed, []
        return resumed

    def start(self, name: str, seconds: float, now: Now) -> list[Outcome]:
        """Start a delay of so many seconds."""
        return [self._run(name, Deadline(now, int(seconds * NANOSECONDS)))]

    def stop(self, name: str) -> list[Outcome]:
        """Stop a delay, if it runs."""
        return [] if self._running.pop(name, None) is None else [Remember(name, None)]

    def ended(self, now: Now) -> list[str]:
        """Take out the names of the delays that have ended, in the order in which they did: at most `AT_ONCE` of them.

        The others are due still, and come with the next look: what else came in meanwhile comes in between.
        """
        names: list[str] = []
        while len(names) < AT_ONCE and (next_ns := self.next_ns) is not None and next_ns <= now.boottime_ns:
            name = heapq.heappop(self._due)[1]
            del self._running[name]
            names.append(name)
        return names

    def checkpoint(self, now: Now, most: int | None = None) -> list[Outcome]:
        """Write down what is left of each delay whose last note is a checkpoint old, of `most` of them at once."""
        old = (
            name
            for name, deadline in self._running.items()
            if now.boottime_ns - deadline.at.boottime_ns >= CHECKPOINT_NS
        )
        return [self._run(name, self._running[name].resumed(now)) for name in list(islice(old, most))]

    def _run(self, name: str, deadline: Deadline) -> Outcome:
        self._running[name] = deadline
        heapq.heappush(self._due, (deadline.at.boottime_ns + deadline.left_ns, name))
        return Remember(name, deadline.to_json())

    def _stands(self, due_ns: int, name: str) -> bool:
        deadline = self._running.get(name)
        return deadline is not None and deadline.at.boottime_ns + deadline.left_ns == due_ns
