"""What an e-bike controller says of itself, and when: its state on each change and every minute, its ports as they measure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from simulator.ebike_port import CHARGING
from simulator.mqtt_device import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from simulator.agenda import Agenda
    from simulator.charging_socket import Measured
    from simulator.ebike_port import EbikePort
    from simulator.mqtt_device import Body

STATE_SECONDS = 60.0
BUSY_SECONDS, IDLE_SECONDS, ANXIOUS_SECONDS = 10.0, 60.0, 1.0
"""Between two measurements of a port that is charging, that is not, and that burns or leaks."""


class Network(Protocol):
    """How it speaks: what `MqttDevice` does."""

    def say(self, stream: Stream, data: Body, now: float) -> str:
        """Say something; returns its id, "" where it was never said."""
        ...

    def lose_network(self, seconds: float) -> None:
        """Be gone without a word, for infinity until it starts again."""
        ...

    def restart(self, seconds: float) -> None:
        """Start again, so many seconds from now."""
        ...


class EbikeTelling:
    """The voice of a controller. `network` is set before it lives; `guard` may act on each measurement of a port."""

    network: Network

    def __init__(
        self,
        ports: Mapping[str, EbikePort],
        rng: Random,
        agenda: Agenda,
        now: float,
        guard: Callable[[EbikePort, Measured, float], None],
    ) -> None:
        self.smoke = False
        self.mains = True
        self.dark = False
        """Without mains, and its battery is empty."""
        self._ports = ports
        self._agenda = agenda
        self._guard = guard
        for port in ports.values():
            port.round += 1
            agenda.plan(now + rng.uniform(0, BUSY_SECONDS), partial(self.look, port, port.round))
        agenda.plan(now + rng.uniform(0, STATE_SECONDS), self._repeat_state)

    def say_all(self, now: float) -> None:
        """The state, and every port."""
        self.say_state(now)
        for port in self._ports.values():
            self.tell(port, now)

    def say_state(self, now: float) -> None:
        """All there is to know, unless it is dark."""
        if self.dark:
            return
        ports = self._ports
        charging = sum(port.state == CHARGING for port in ports.values())
        air = next(iter(ports.values())).socket.ambient(now)
        self.network.say(
            Stream.STATE,
            {
                "temp": round(air + 3.0 + 0.5 * charging + (25.0 if self.smoke else 0.0), 1),
                "smoke": self.smoke,
                "mains": self.mains,
                "p": {part: port.said() for part, port in ports.items()},
            },
            now,
        )

    def show(self, port: EbikePort, now: float) -> None:
        """A port changed: say so, and what it measures."""
        self.say_state(now)
        self.tell(port, now)
        self._plan_look(port, now)

    def tell(self, port: EbikePort, now: float, measured: Measured | None = None) -> None:
        """Say what a port measures."""
        if not self.dark:
            port.told, port.told_at = measured or port.socket.measure(now), now
            self.network.say(Stream.TELE, port.telemetry(port.told), now)

    def look(self, port: EbikePort, round_: int, now: float) -> None:
        """Measure a port, let it be guarded, say what is due, and look again."""
        if round_ != port.round:
            return
        if not self.dark:
            measured = port.socket.measure(now)
            pause = BUSY_SECONDS if port.socket.flows else IDLE_SECONDS
            if now - port.told_at >= pause - ANXIOUS_SECONDS or port.worth_telling(measured):
                self.tell(port, now, measured)
            self._guard(port, measured, now)
        self._plan_look(port, now)

    def _plan_look(self, port: EbikePort, now: float) -> None:
        socket = port.socket
        anxious = socket.burns or socket.leak_milliamperes
        pause = ANXIOUS_SECONDS if anxious else BUSY_SECONDS if socket.flows else IDLE_SECONDS
        port.round += 1
        self._agenda.plan(now + pause, partial(self.look, port, port.round))

    def _repeat_state(self, now: float) -> None:
        self.say_state(now)
        self._agenda.plan(now + STATE_SECONDS, self._repeat_state)
