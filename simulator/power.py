"""The mains of a compound, and the uninterruptible power supply of the gateway's box behind a NUT server: a realm of its world.

`mains` is what feeds the whole compound, `mains-b3` a building, `box-ups` the supply. It stands in the centre of the property
management, or in the last building of a compound that is too small to have one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from simulator.agenda import Agenda
from simulator.nut import NutServer
from simulator.power_verbs import POWER_VERBS
from simulator.story import Target
from simulator.ups import Ups
from simulator.verb import ActRefused, At

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from simulator.bus import Clock
    from simulator.compound import Compound
    from simulator.fed import Fed
    from simulator.mqtt_device import BrokerAddress
    from simulator.verb import Arguments

ALL: Final = "mains"
BOX: Final = "box-ups"
LINE: Final = "power"

PORTS: Final = 1
"""How many ports it takes: the first ones of those that realms get."""

_SUPPLY: Final = "box"  # what the NUT server calls it


class Power:
    """See the module. `fed` is whoever lives on the mains; they are switched in that order."""

    name = "power"

    def __init__(self, compound: Compound, clock: Clock) -> None:
        self.fed: list[Fed] = []
        self.agenda = Agenda()
        self.ups = Ups(clock())
        self.mains = {building.id: True for building in compound.buildings}
        """Which buildings are fed."""
        self._box_in = compound.buildings[-1].id
        self._asked: dict[str, int] = dict.fromkeys(self.mains, 0)
        self._server = NutServer({_SUPPLY: self.ups}, clock)
        self._port = 0

    def at_port(self, port: int) -> Power:
        """The same, known to be served there: for a configuration that is written before anything is."""
        self._port = port
        return self

    def switch(self, buildings: Sequence[str], now: float, over_seconds: float, *, mains: bool) -> None:
        """Feed buildings or not, one after the other; what was planned for them before is void."""
        for number, building in enumerate(buildings):
            asked = self._asked[building] = self._asked[building] + 1
            at = now + over_seconds * number / len(buildings)
            self.agenda.plan(at, partial(self._switch, building, mains, asked))
        self.agenda.advance(now)

    def _switch(self, building: str, mains: bool, asked: int, now: float) -> None:  # noqa: FBT001 - the mains are there or not
        if asked != self._asked[building] or self.mains[building] is mains:
            return
        self.mains[building] = mains
        if building == self._box_in:
            self.ups.feed(now, mains=mains)
        for fed in self.fed:
            fed.feed(building, now, mains=mains)

    # ------------------------------------------------------------ as a realm

    def __len__(self) -> int:
        """How many supplies there are."""
        return 1

    def __contains__(self, device: str) -> bool:
        """Whether the mains, a building's mains or the supply have this name."""
        return device in (ALL, BOX) or device.removeprefix(f"{ALL}-") in self.mains

    @property
    def next_at(self) -> float:
        """When `advance` has something to do."""
        return self.agenda.next_at

    def advance(self, now: float) -> None:
        """Let everything happen that is due."""
        self.agenda.advance(now)

    def like(self, target: Target) -> Target | None:
        """This target; for a building that is not there, the first one."""
        if target.device in self:
            return target
        return Target(f"{ALL}-{next(iter(self.mains))}") if target.device.startswith(f"{ALL}-") else None

    def keep(self, target: Target, until: float) -> None:
        """Daily life does nothing to the mains."""

    def refuse(self, target: Target, verb: str) -> None:
        """Raise `ActRefused` for a part, and for a word that does not fit."""
        stands = At.UPS if target.device == BOX else At.MAINS
        if target.door or target.part:
            raise ActRefused(f"{target.device} has no parts")
        if verb not in POWER_VERBS or POWER_VERBS[verb].at is not stands:
            raise ActRefused(f"{verb!r} does not happen to {target.device}, which is {stands.value}")

    def perform(self, target: Target, verb: str, arguments: Arguments, now: float) -> bool:
        """Let it happen."""
        device = target.device
        buildings = tuple(self.mains) if device == ALL else (device.removeprefix(f"{ALL}-"),)
        POWER_VERBS[verb].do(self, buildings, arguments, now)
        return True

    def state(self, now: float) -> list[Mapping[str, Any]]:
        """The supply, and which buildings are dark."""
        dark = [building for building, fed in self.mains.items() if not fed]
        return [{"id": BOX, "status": self.ups.status(now), "percent": self.ups.percent(now), "dark": dark}]

    def before_lines(self) -> Iterator[str]:
        """Which device tells of the box."""
        yield f"power: {{box: {BOX}}}"
        yield ""

    def mqtt_devices(self) -> Iterator[str]:
        """None."""
        return iter(())

    def own_lines(self, host: str) -> Iterator[str]:
        """The line of the NUT server."""
        yield "  # the power supply of the box, behind Network UPS Tools"
        yield f"  - id: {LINE}"
        yield "    driver: nut"
        yield f'    host: "{host}"' if ":" in host else f"    host: {host}"
        yield f"    port: {self._port}"
        yield "    every_seconds: 2"
        yield "    devices:"
        yield f"      - {{id: {BOX}, ups: {_SUPPLY}, building: {self._box_in}, name: 网关电源}}"

    async def open(self, host: str, first_port: int) -> None:
        """Serve the supply at `first_port`, or at a free one for 0. Raises `NotLoopback` or `PortTaken`."""
        await self._server.open(host, first_port)
        self._port = self._server.number

    async def close(self) -> None:
        """Stop serving it."""
        await self._server.close()

    async def run(self, broker: BrokerAddress | None) -> None:
        """It is served by its port alone."""
