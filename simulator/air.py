"""The air of a compound: when its sensors speak, and which receivers hear them.

A heartbeat every minute is three copies of one packet; an alarm is twenty packets in two seconds and then one a second. Pure:
the time is passed in, `next_at` says when there is something to do, and what is transmitted goes to a `Radio`.
"""

from __future__ import annotations

from functools import partial
from heapq import heapify, heappop, heappush
from itertools import count
from math import inf
from random import Random
from typing import TYPE_CHECKING, Final

from simulator.cooking import mishaps
from simulator.detectors import SMOKE, sensors_of
from simulator.receivers import NAMES as RECEIVER_NAMES
from simulator.receivers import receivers_of, ways_by_floor
from simulator.sensor import Sensor
from simulator.verb import At

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simulator.compound import Compound
    from simulator.cooking import Mishap
    from simulator.proxy_radio import Radio

BEAT_SECONDS: Final = 60.0
COPIES: Final = 3
COPY_SECONDS: Final = 0.04
ALARM_BURST: Final = 20
ALARM_BURST_SECONDS: Final = 0.1
ALARM_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 5.0

_EVENLY: Final = 0.618_033_988_75  # the golden ratio: any number of sensors is spread evenly over a minute
_NOISE_DB: Final = 3  # up or down


class Air:
    """The sensors of a compound from `started` on; `shift_seconds` from its time to the hour that people live in."""

    def __init__(self, compound: Compound, radio: Radio, started: float, shift_seconds: float = 0.0) -> None:
        self.radio = radio
        self.receivers = {receiver.id: receiver for receiver in receivers_of(compound)}
        self.deaf: set[str] = set()
        """Receivers whose radio hears nothing."""
        self.packets = 0
        """How many different ones were sent."""
        ways = ways_by_floor(compound)
        self.sensors = {
            one.detector: Sensor(one, ways[one.building, one.unit, one.floor], started) for one in sensors_of(compound)
        }
        self._shift_seconds = shift_seconds
        self._dice = Random(f"air {compound.seed}")
        self._order: Iterator[int] = count()
        self._agenda: list[tuple[float, int, Callable[[float], None]]] = [
            (started + BEAT_SECONDS * (number * _EVENLY % 1), next(self._order), partial(self._beat, sensor))
            for number, sensor in enumerate(self.sensors.values())
        ]
        heapify(self._agenda)
        self.flats = [name.removesuffix(f"-{SMOKE}") for name, one in self.sensors.items() if _in_a_flat(one)]
        """The households, such as "b1-1-501", in order."""
        self._await(mishaps(compound.seed, self.flats, started + shift_seconds))

    def __contains__(self, device: str) -> bool:
        """Whether a sensor or a receiver has this name."""
        return device in self.sensors or device in self.receivers

    def what_is(self, device: str) -> tuple[At, str]:
        """What has this name, and of which kind a sensor is."""
        sensor = self.sensors.get(device)
        return (At.RECEIVER, "") if sensor is None else (At.SENSOR, sensor.fitted.kind)

    def like(self, device: str) -> str | None:
        """This device, or where there is none of that name the first one of its kind; None for a name of another sort."""
        if device in self:
            return device
        if device.startswith(RECEIVER_NAMES):
            return next(iter(self.receivers), None)
        kind = device.rpartition("-")[2]
        return next((name for name, sensor in self.sensors.items() if sensor.fitted.kind == kind), None)

    def keep(self, device: str, until: float) -> None:
        """Daily life stays away from a sensor that somebody has taken in hand."""
        sensor = self.sensors.get(device)
        if sensor is not None:
            sensor.in_hand_until = max(until, sensor.in_hand_until)

    @property
    def next_at(self) -> float:
        """When `advance` has something to do."""
        return self._agenda[0][0] if self._agenda else inf

    def advance(self, now: float) -> None:
        """Let everything happen that is due."""
        agenda = self._agenda
        while agenda and agenda[0][0] <= now:
            at, _, act = heappop(agenda)
            act(at)

    def say(self, sensor: Sensor, data: bytes, at: float) -> None:
        """Send a packet, and its copies a little later."""
        self.packets += 1
        self._copy(sensor, data, COPIES, at)

    def tell(self, sensor: Sensor, at: float) -> None:
        """What a sensor does whose state changed: it says so at once, and goes on as long as it gives alarm."""
        if sensor.muted:
            return
        if sensor.alarm:
            sensor.rounds += 1
            self._alarm(sensor, sensor.rounds, ALARM_BURST, at)
        else:
            self.say(sensor, sensor.packet(at), at)

    def watch(self, sensor: Sensor, at: float) -> None:
        """Let a sensor look at what it measures, again and again until that rests."""
        if not sensor.watched:
            sensor.watched = True
            self._look(sensor, at)

    def broadcast(self, sensor: Sensor, data: bytes, dbm: int = 0) -> None:
        """Let the receivers near a sensor hear service data under its address, each with its luck; `dbm` louder than usual."""
        roll = self._dice.random
        mac, fade = sensor.fitted.address, sensor.fitted.fade + dbm
        for receiver, usual, chance in sensor.ways:
            if roll() < chance and receiver not in self.deaf:
                self.radio.transmit(receiver, mac, usual + fade + round((2 * roll() - 1) * _NOISE_DB), data)

    def _copy(self, sensor: Sensor, data: bytes, left: int, at: float) -> None:
        self.broadcast(sensor, data)
        if left > 1:
            self._plan(at + COPY_SECONDS, partial(self._copy, sensor, data, left - 1))

    def _beat(self, sensor: Sensor, at: float) -> None:
        if not sensor.muted:
            self.say(sensor, sensor.packet(at), at)
        self._plan(at + BEAT_SECONDS, partial(self._beat, sensor))

    def _alarm(self, sensor: Sensor, number: int, left: int, at: float) -> None:
        if not sensor.alarm or sensor.rounds != number:
            return
        if not sensor.muted:
            self.packets += 1
            self.broadcast(sensor, sensor.packet(at))
        pause = ALARM_BURST_SECONDS if left > 1 else ALARM_SECONDS
        self._plan(at + pause, partial(self._alarm, sensor, number, left - 1))

    def _look(self, sensor: Sensor, at: float) -> None:
        was = sensor.alarm
        if sensor.look(at) and (sensor.alarm != was or not sensor.alarm):  # an alarm speaks every second anyway
            self.tell(sensor, at)
        sensor.watched = sensor.restless(at)
        if sensor.watched:
            self._plan(at + LOOK_SECONDS, partial(self._look, sensor))

    def _await(self, rest: Iterator[Mishap]) -> None:
        mishap = next(rest)
        self._plan(mishap.at - self._shift_seconds, partial(self._let_happen, mishap, rest))

    def _let_happen(self, mishap: Mishap, rest: Iterator[Mishap], at: float) -> None:
        self._await(rest)
        sensor = self.sensors[mishap.detector]
        if sensor.muted:
            return
        if not mishap.smoke_seconds:
            self.say(sensor, sensor.press(), at)
            return
        self._smoke(sensor, True, at)
        self._plan(at + mishap.smoke_seconds, partial(self._smoke, sensor, False))

    def _smoke(self, sensor: Sensor, there: bool, at: float) -> None:  # noqa: FBT001 - smoke is there or not
        if at >= sensor.in_hand_until:
            if sensor.sense(smoke=there):
                self.tell(sensor, at)
        elif not there:
            self._plan(sensor.in_hand_until, partial(self._smoke, sensor, False))

    def _plan(self, at: float, act: Callable[[float], None]) -> None:
        heappush(self._agenda, (at, next(self._order), act))


def _in_a_flat(sensor: Sensor) -> bool:
    """Whether it is the smoke detector of a flat; those of landings have no number there."""
    fitted = sensor.fitted
    return fitted.kind == SMOKE and not fitted.spare and fitted.detector.split("-")[2].isdecimal()
