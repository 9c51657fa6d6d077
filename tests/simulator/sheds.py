"""What tests of charging stand on: a clock that stands still until it is moved, and a network that keeps what is said to it."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from simulator.agenda import Agenda
from simulator.battery import Charge
from simulator.ebike_pile import EbikePile
from simulator.mqtt_device import Stream

if TYPE_CHECKING:
    from simulator.mqtt_device import Body

EVENING = 1_795_345_200.0
"""19:00 in Shanghai on 22 November 2026."""

LEAD = Charge(
    capacity_wh=720, start=0.2, knee=0.8, peak_watts=160, efficiency=0.78, power_factor=0.62,
    tail_watts=3, ends_watts=13, standby_watts=7,
)  # fmt: skip
CAR = Charge(
    capacity_wh=50_000, start=0.3, knee=0.96, peak_watts=6_900, efficiency=0.9, power_factor=0.99, ends_watts=800
)


class Told:
    """A network that keeps what is said."""

    def __init__(self) -> None:
        self.said: list[tuple[Stream, Body]] = []
        self.away: list[float] = []
        self.restarts = 0

    def say(self, stream: Stream, data: Body, now: float) -> str:  # noqa: ARG002 - as a device has it
        self.said.append((stream, data))
        return f"q{len(self.said)}"

    def lose_network(self, seconds: float) -> None:
        self.away.append(seconds)

    def restart(self, seconds: float) -> None:  # noqa: ARG002 - as a device has it
        self.restarts += 1

    def last(self, stream: Stream) -> Body:
        return next(data for said, data in reversed(self.said) if said is stream)

    def events(self) -> list[Body]:
        return [data for said, data in self.said if said is Stream.EVENT]

    def port(self, part: str = "p01") -> Body:
        """What the last state says of a port."""
        shown: dict[str, Any] = self.last(Stream.STATE)["p"]
        return dict(shown[part])


class Shed:
    """A controller for e-bikes at which time stands still until a test lets it pass."""

    def __init__(self, *, sturdy: bool = True) -> None:
        self.now = EVENING
        self.agenda = Agenda()
        self.net = Told()
        self.pile = EbikePile("shed1-pile", Random(1), self.agenda, self.now, sturdy=sturdy)
        self.pile.telling.network = self.net

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.agenda.advance(self.now)

    def charge(self, part: str = "p01", charge: Charge = LEAD) -> str:
        """Somebody plugs in, shows a tag, is let in, and charges; returns the session."""
        assert self.pile.plug(part, charge, "04A1B2C3", self.now, scan_after=5)
        self.wait(5)
        self.pile.answered({"re": f"q{len(self.net.said)}", "ok": True}, self.now)
        return str(self.net.port(part)["sid"])
