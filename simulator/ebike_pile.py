"""The controller of a charging room for e-bikes: twelve ports on MQTT (`docs/mqtt-devices.md`).

It obeys orders, asks whether a tag may charge, and has limits of its own behind those of whoever is in charge: a residual
current switch, a hot contact, a session that lasts too long. Pure: the time is passed in.
"""

from __future__ import annotations

from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from simulator.charging_socket import ChargingSocket
from simulator.ebike_limits import FULL_SECONDS, SESSION_SECONDS, has_enough, tripped
from simulator.ebike_port import CHARGING, CONNECTED, FAULT, FINISHING, FREE, PAUSED, EbikePort
from simulator.ebike_telling import EbikeTelling
from simulator.mqtt_device import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from simulator.agenda import Agenda
    from simulator.battery import Charge
    from simulator.charging_socket import Measured
    from simulator.mqtt_device import Body

PART_NAMES = tuple(f"p{number:02}" for number in range(1, 13))
AMPERES = 10.0
_KELVIN = 26.0  # warmer than the air at its rated current
ALIVE_SECONDS = 60.0
"""For so long its battery keeps the controller alive without mains, in those rooms whose battery is still good."""

ANSWER_SECONDS = 8.0
_SCANS = 5
_SCAN_AGAIN_SECONDS = 25.0
BOOT_SECONDS = 3.0


class EbikePile:
    """A controller with its ports. Where it is `sturdy`, its battery still lasts a while without mains."""

    def __init__(
        self, id_: str, rng: Random, agenda: Agenda, now: float, shift_seconds: float = 0.0, *, sturdy: bool = True
    ) -> None:
        self.id = id_
        self.ports = {
            part: EbikePort(part, ChargingSocket(rng, AMPERES, _KELVIN, now, shift_seconds)) for part in PART_NAMES
        }
        self.telling = EbikeTelling(self.ports, rng, agenda, now, self._guard)
        self.accepts_only = False
        """It says yes to every order, and does nothing."""
        self._sturdy = sturdy
        self._agenda = agenda
        self._asked: dict[str, EbikePort] = {}
        """Whose answers are waited for, by the id of the question."""
        self._cut: list[dict[str, Any]] = []
        """Sessions that the mains ended, to be told of when they are back."""
        self._failures = 0

    # ------------------------------------------------------------ the network side

    def born(self, now: float) -> None:
        """Say everything."""
        self.telling.say_all(now)

    def ordered(self, order: Body, now: float) -> str:
        """Obey an order; "" for done, else why not."""
        where = order.get("p")
        named = where if isinstance(where, list) else [where]
        ports = [self.ports[part] for part in named if isinstance(part, str) and part in self.ports]
        if self.telling.dark or not ports or len(ports) != len(named):
            return "no power" if self.telling.dark else "no such port"
        if self.accepts_only:
            return ""
        why = self._obey(order, ports, now)
        if not why:
            self.telling.say_state(now)
            for port in ports:
                self.telling.tell(port, now)
        return why

    def _obey(self, order: Body, ports: list[EbikePort], now: float) -> str:
        match order.get("cmd"):
            case "start":
                return self._start(ports[0], str(order.get("sid") or f"{ports[0].part}-{int(now)}"), now)
            case "stop":
                if not ports[0].session:
                    return "no session"
                self._end(ports[0], "command", now)
            case "hold" | "unhold" as what:
                for port in ports:
                    port.held = what == "hold"
                    if port.held:
                        self._end(port, "held", now)
            case _:
                return "unknown order"
        return ""

    def answered(self, answer: Body, now: float) -> None:
        """Somebody says whether a tag may charge."""
        port = self._asked.pop(str(answer.get("re")), None)
        if port is None or port.state != CONNECTED:
            return
        if answer.get("ok"):
            self._begin(port, f"{port.part}-{int(now)}", port.tag, now)
            port.scan += 1
            self.telling.show(port, now)
        else:
            port.scan += _SCANS  # whoever was refused does not insist

    # ------------------------------------------------------------ what people do

    def plug(self, part: str, charge: Charge, tag: str, now: float, scan_after: float = 5.0) -> bool:
        """Plug a bike in, and show a tag a little later; False where one is plugged in already."""
        port = self.ports[part]
        if port.socket.taken:
            return False
        port.socket.plug(charge, now)
        port.tag, port.scan = tag, 0
        if port.state == FREE:
            port.state = CONNECTED
        self.telling.show(port, now)
        self._agenda.plan(now + scan_after, partial(self._scan, port, 0, tag))
        return True

    def plug_more(self, part: str, charge: Charge, now: float) -> bool:
        """Another battery at the same socket, in the middle of a session."""
        port = self.ports[part]
        if not port.session:
            return False
        port.socket.plug(charge, now)
        self.telling.tell(port, now)
        return True

    def pull(self, part: str, now: float) -> bool:
        """Unplug; False where nothing is plugged in."""
        port = self.ports[part]
        if not port.socket.taken:
            return False
        port.socket.pull(now)
        self._end(port, "unplugged", now)
        port.tag, port.error, port.state = "", "", FREE
        port.scan += _SCANS
        self.telling.show(port, now)
        return True

    def found(self, part: str, charge: Charge, tag: str, since: float, now: float) -> None:
        """Somebody plugged in at `since`, before there was a simulator: charging, or done with it."""
        port, seconds = self.ports[part], now - since
        port.socket.plug(charge, now, seconds)
        if seconds < min(charge.ends_after + FULL_SECONDS, SESSION_SECONDS):
            port.begin(f"{part}-{int(since)}", tag, now, seconds, charge.watt_hours(seconds))
        else:
            port.state = FINISHING
        port.socket.settle(now)

    @property
    def parts(self) -> tuple[str, ...]:
        """Its ports."""
        return tuple(self.ports)

    def socket(self, part: str) -> ChargingSocket:
        """The socket of a port."""
        return self.ports[part].socket

    def lose_network(self, seconds: float) -> None:
        """Be gone without a word for so long, and go on charging."""
        self.telling.network.lose_network(seconds)

    def state(self, _now: float) -> Mapping[str, Any]:
        """Its mains, and the state of each port."""
        return {"mains": self.telling.mains, "ports": {part: port.state for part, port in self.ports.items()}}

    # ------------------------------------------------------------ what goes wrong

    def touch(self, part: str, now: float) -> None:
        """Something about its socket was changed: look at it at once."""
        port = self.ports[part]
        self.telling.show(port, now)
        self.telling.look(port, port.round, now)

    def smell(self, now: float, *, smoke: bool) -> None:
        """The smoke detector of the cabinet."""
        self.telling.smoke = smoke
        self.telling.say_state(now)

    def feed(self, now: float, *, mains: bool) -> None:
        """The mains of the room come or go."""
        if mains == self.telling.mains:
            return
        self.telling.mains = mains
        self._failures += 1
        for port in self.ports.values():
            port.socket.feed(now, mains=mains)
        if not mains:
            if self._sturdy:
                self._pause(now)
                self._agenda.plan(now + ALIVE_SECONDS, partial(self._die, self._failures))
            else:
                self._die(self._failures, now)
        elif self.telling.dark:
            self._boot(now)
        else:
            self._pause(now)

    def _pause(self, now: float) -> None:
        """Sessions wait for the mains, or go on."""
        for port in self.ports.values():
            if port.session:
                port.state = CHARGING if self.telling.mains else PAUSED
        self.telling.say_all(now)

    def _die(self, failure: int, now: float) -> None:
        if failure != self._failures:
            return
        for port in self.ports.values():
            if port.session:
                self._cut.append(self._ended(port, "mains", now))
                port.end(now)
        self.telling.dark = True
        self.telling.network.lose_network(inf)

    def _boot(self, now: float) -> None:
        self.telling.dark = False
        self.telling.network.restart(BOOT_SECONDS)
        for body in self._cut:
            self.telling.network.say(Stream.EVENT, body, now)
        self._cut.clear()

    # ------------------------------------------------------------ sessions

    def _start(self, port: EbikePort, session: str, now: float) -> str:
        if not port.socket.taken:
            return "nothing plugged in"
        if port.held:
            return "held"
        if port.session:
            return "charging already"
        if port.state == FAULT:
            return "fault"
        if not self.telling.mains:
            return "no mains"
        self._begin(port, session, "", now)
        return ""

    def _begin(self, port: EbikePort, session: str, tag: str, now: float) -> None:
        if port.held or not self.telling.mains:
            return
        port.begin(session, tag, now)
        kilowatt_hours = round(port.socket.meter_watt_hours / 1000, 3)
        self.telling.network.say(
            Stream.EVENT, {"e": "begin", "p": port.part, "sid": session, "tag": tag, "kwh": kilowatt_hours}, now
        )

    def _end(self, port: EbikePort, why: str, now: float) -> None:
        if not port.session:
            return
        port.socket.look(now)
        body = self._ended(port, why, now)
        port.end(now)
        self.telling.network.say(Stream.EVENT, body, now)

    @staticmethod
    def _ended(port: EbikePort, why: str, now: float) -> dict[str, Any]:
        drawn, seconds = round(port.drawn_kilowatt_hours, 3), round(now - port.began_at)
        return {"e": "end", "p": port.part, "sid": port.session, "why": why, "skwh": drawn, "s": seconds}

    def _scan(self, port: EbikePort, number: int, tag: str, now: float) -> None:
        """Somebody shows a tag, for the first time or again."""
        if port.scan != number or port.tag != tag or port.state != CONNECTED or number >= _SCANS:
            return
        port.scan += 1
        if self.telling.mains and not port.held:
            question = self.telling.network.say(Stream.ASK, {"ask": "authorize", "tag": tag, "p": port.part}, now)
            if question:
                self._asked[question] = port
                self._agenda.plan(now + ANSWER_SECONDS, partial(self._give_up, question))
        self._agenda.plan(now + _SCAN_AGAIN_SECONDS, partial(self._scan, port, port.scan, tag))

    def _give_up(self, question: str, _now: float) -> None:
        self._asked.pop(question, None)

    # ------------------------------------------------------------ its own limits

    def _guard(self, port: EbikePort, measured: Measured, now: float) -> None:
        if not port.session or self.accepts_only:
            return
        trip = tripped(measured)
        if trip is not None:
            self.telling.network.say(Stream.EVENT, {"e": "trip", "p": port.part, "what": trip.what}, now)
            self._end(port, "trip", now)
            port.state, port.error = FAULT, trip.complaint
        elif over := has_enough(port, measured, now):
            self._end(port, over, now)
        else:
            return
        self.telling.show(port, now)
