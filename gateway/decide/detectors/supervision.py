"""Supervision 巡检: a sensor that is not heard is late, then an alarm, and after two hours an urgent one.

Two things must both be so before a sensor counts as silent: its time on the wall has passed, and the gateway has itself
*listened* for as long as makes a sensor late since it was last heard. So neither a restart changes a deadline, nor does a
night without power make an alarm of every sensor. One heap, looked at once a second; a heartbeat moves nothing: when a
deadline comes up, it is seen that the sensor was heard meanwhile.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from gateway.decide.deadline import CHECKPOINT_NS
from gateway.decide.detectors.states import State, States
from gateway.decide.detectors.ward import NOT_DESCRIBED, SAFETY, Times, Ward, times_of
from gateway.decide.rules import DETECTOR_LOST, DEVICE_MISCONFIGURED
from gateway.decide.silence import silence_all, speak_again
from gateway.model import NANOSECONDS, Outcome, Priority, Remember, Suppression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from drivers.contract import Json
    from gateway.decide.detectors.counted import CountedTime
    from gateway.decide.detectors.sensor import Sensor
    from gateway.decide.known import Known, KnownDevice, KnownGroup
    from gateway.decide.watches import Watches
    from gateway.model import Now

URGENT_NS = 2 * 3600 * NANOSECONDS
"""A loss of communication is shown within two hours (BS 5839-1 on radio detectors): from then on it is P2."""

UNHEARD = "detectors_unheard"


class Supervision:
    """See the module. `states` may be read by others; `adopt` comes before anything else.

    `explains` says of a detector whether its silence has another cause, which people hear of by that: deaf receivers.
    """

    def __init__(
        self,
        remembered: Mapping[str, Json],
        known: Known,
        watches: Watches,
        counted: CountedTime,
        explains: Callable[[str], bool],
    ) -> None:
        self.states = States()
        self._known = known
        self._watches = watches
        self._counted = counted
        self._explains = explains
        self._times: dict[str, Times] = {}
        self._wards: dict[str, Ward] = {}
        self._due: list[tuple[int, str]] = []
        self._written: Json = remembered.get(UNHEARD, {})
        self._before: Mapping[str, Json] | None = self._written
        """Who was silent before this start; None once the first `adopt` has taken it."""

    # ------------------------------------------------------------ what hangs where

    def adopt(self, mounted: Mapping[str, Sensor], now: Now) -> list[Outcome]:
        """Take the rules in force: what hangs there as before is as it was, and where nothing hangs nothing is measured."""
        self.states.build(
            (device, known.rules) for device, known in self._known.devices.items() if known.rules.detector
        )
        self._times = {product: times_of(rules) for product, rules in self._known.rules.sensors.items()}
        before, self._wards, self._due = self._wards, {}, []
        for device, sensor in mounted.items():
            if (known := self._known.devices.get(device)) is None or device not in self.states.of:
                continue
            ward = before.get(device)
            if ward is None:
                ward = self._resumed(known, sensor, now)
            else:
                ward.device, ward.group, ward.times = known, known.groups[SAFETY], self._times_of(sensor)
            self._wards[device] = ward
            if self._watches.book.active(_key(device)):
                self.states.put(device, State.LOST)
            self._look_later(device, ward)
        self._before = None
        spoken_of = {alarm.device for alarm in self._watches.book.open.values() if alarm.active}
        empty = sorted(spoken_of & self.states.of.keys() - self._wards.keys())
        out: list[Outcome] = []
        for device in empty:
            out += self._watches.over(device, now)
            out += self._understood(self._known.devices[device], now)
        return out

    def moved(self, devices: Iterable[str], mounted: Mapping[str, Sensor], now: Now) -> list[Outcome]:
        """Something else hangs there now, or nothing: nothing is known of it, and what was said of the old one is over."""
        out: list[Outcome] = []
        for device in devices:
            known = self._known.devices.get(device)
            if known is None or device not in self.states.of:
                continue
            if self._wards.pop(device, None) is not None:
                out += self._watches.over(device, now)
                out += self._watches.book.suppressed(_key(device), Suppression.NONE, now)
                out += silence_all(known, self._watches)
                known.forget()
            self.states.put(device, State.UNMOUNTED)
            if (sensor := mounted.get(device)) is not None:
                ward = self._wards[device] = self._ward(known, sensor, now, ever=False)
                ward.group.heard_ns = now.boottime_ns
                self.states.put(device, State.UNKNOWN)
                self._look_later(device, ward)
        return [*out, *self.checkpoint(now)]

    def silent(self, device: str, now: Now) -> bool:
        """Whether the sensor that hangs there was listened for in vain for as long as makes it late."""
        ward = self._wards.get(device)
        if ward is None:
            return False
        return now.boottime_ns - ward.listened_from_ns >= ward.times.late_ns

    def weak_dbm(self, device: str) -> int:
        """From where on the sensor that hangs there is heard too faintly."""
        ward = self._wards.get(device)
        return NOT_DESCRIBED.weak_dbm if ward is None else ward.times.weak_dbm

    # ------------------------------------------------------------ what is heard, and what is not

    def heard(self, group: KnownGroup, now: Now) -> list[Outcome]:
        """A packet of it was proved, and is not what was judged last. Repeated packets do not come here until it is late."""
        device = group.device.id
        ward = self._wards.get(device)
        if ward is None or self.states.of[device] is State.HEARD:
            return []
        self.states.put(device, State.HEARD)
        ward.ever = True
        self._look_later(device, ward)
        others = (other for other in group.device.groups if other.stale and other.values is not None)
        out: list[Outcome] = [speak_again(other) for other in others]
        out += self._understood(group.device, now)
        out += self._say(group.device, abnormal=False, why="", now=now)
        return out + self._watches.book.suppressed(_key(device), Suppression.NONE, now)

    def wake(self, now: Now) -> list[Outcome]:
        """Once a second: the deadlines that have come up."""
        out: list[Outcome] = []
        while self._due and self._due[0][0] <= now.boottime_ns:
            due_ns, device = heapq.heappop(self._due)
            ward = self._wards.get(device)
            if ward is None or ward.due_ns != due_ns:
                continue
            if (next_ns := self._next_ns(device, ward)) <= now.boottime_ns:
                out += self._fall_silent(device, ward, now)
            else:  # it was heard meanwhile
                ward.due_ns = next_ns
                heapq.heappush(self._due, (next_ns, device))
        return out

    def spare(self, devices: Iterable[str], now: Now) -> list[Outcome]:
        """Their receivers are deaf: that is the alarm, and theirs are spared."""
        out: list[Outcome] = []
        for device in devices:
            if self._watches.book.active(_key(device)):
                out += self._watches.book.suppressed(_key(device), Suppression.BY_DESIGN, now)
        return out

    def listen_anew(self, devices: Iterable[str], now: Now) -> None:
        """Their receivers hear again: each has as long as makes it late to be heard, before its silence counts."""
        for device in devices:
            if (ward := self._wards.get(device)) is not None:
                ward.listened_ns = now.boottime_ns
                self._look_later(device, ward)

    # ------------------------------------------------------------ over restarts

    def checkpoint(self, now: Now) -> list[Outcome]:
        """Once a minute: who was not heard for a while. Who is not named was heard in his time."""
        now_ns = now.boottime_ns
        unheard: dict[str, Json] = {}
        for device, ward in self._wards.items():
            heard_ns = ward.group.heard_ns
            if ward.ever and now_ns - heard_ns < ward.times.in_time_ns:
                continue
            ages = (self._counted.passed_ns(heard_ns), self._counted.listened_ns(ward.listened_from_ns))
            unheard[device] = [*(age // NANOSECONDS for age in ages), *(() if ward.ever else (0,))]
        out: list[Outcome] = [self._counted.checkpoint(now)]
        if unheard != self._written:
            self._written = unheard
            out.append(Remember(UNHEARD, unheard or None))
        return out

    def _resumed(self, known: KnownDevice, sensor: Sensor, now: Now) -> Ward:
        """A sensor that hung there when the gateway was started, or whose place came back into the configuration."""
        counted = self._counted
        ward = self._ward(known, sensor, now, ever=True)
        heard_ns = now.boottime_ns
        before = self._before  # None for a place that came back into the configuration: nothing is known of it
        saved = None if before is None else before.get(known.id)
        if saved is not None:
            heard_ns = counted.boottime_ns(saved[0] * NANOSECONDS)
            ward.listened_ns = counted.boottime_of_listening_ns(saved[1] * NANOSECONDS)
            ward.ever = len(saved) == 2  # noqa: PLR2004 - the two times; a third entry says "never"
        elif before is not None and counted.since_ns is not None:
            unsaid_ns = ward.times.in_time_ns - CHECKPOINT_NS  # the deadline is one checkpoint longer at most
            heard_ns = counted.boottime_ns(counted.since_ns - unsaid_ns)
            ward.listened_ns = counted.boottime_of_listening_ns(counted.since_listened_ns)
        ward.group.heard_ns = heard_ns
        self.states.put(known.id, State.UNKNOWN)
        return ward

    # ------------------------------------------------------------ deadlines

    def _next_ns(self, device: str, ward: Ward) -> int:
        """CLOCK_BOOTTIME of its next deadline, as far as it was not heard until then."""
        state = self.states.of[device]
        if state is State.HEARD or (state is State.UNKNOWN and ward.ever):
            wait_ns = ward.times.late_ns
        elif state is not State.LOST:
            wait_ns = ward.times.lost_ns
        elif self._watches.book.suppressed_by_design(_key(device)):
            wait_ns = 0
        else:
            wait_ns = URGENT_NS
        heard_ns = ward.group.heard_ns
        return max(heard_ns + wait_ns, max(heard_ns, ward.listened_ns) + ward.times.late_ns)

    def _look_later(self, device: str, ward: Ward) -> None:
        ward.due_ns = self._next_ns(device, ward)
        heapq.heappush(self._due, (ward.due_ns, device))

    def _fall_silent(self, device: str, ward: Ward, now: Now) -> list[Outcome]:
        """A deadline has passed: on to the next state, and to its deadline."""
        state = self.states.of[device]
        if state is State.HEARD or (state is State.UNKNOWN and ward.ever):
            self.states.put(device, State.LATE)
            ward.group.settled = False  # the next packet is news, whatever it says
            self._look_later(device, ward)
            return []
        out: list[Outcome] = list(silence_all(ward.device, self._watches))
        ward.due_ns = 0
        if self._explains(device):
            return out
        self.states.put(device, State.LOST)
        silent_ns = now.boottime_ns - ward.group.heard_ns
        told = "not heard for {}" if ward.ever else "not heard since it was hung up {} ago"
        why = told.format(_long(silent_ns))
        if silent_ns >= URGENT_NS:
            out += self._watches.say_worse(
                DETECTOR_LOST, device, device, ward.device.rules.place, priority=Priority.P2, why=why, now=now
            )
        else:
            out += self._say(ward.device, abnormal=True, why=why, now=now)
            self._look_later(device, ward)
        # silent through a deafness that is over: people hear of it now
        return out + self._watches.book.suppressed(_key(device), Suppression.NONE, now)

    def _understood(self, device: KnownDevice, now: Now) -> list[Outcome]:
        """What was said of its key before a restart is over: a driver takes back only what it said itself."""
        place = device.rules.place
        return self._watches.say(DEVICE_MISCONFIGURED, device.id, device.id, place, abnormal=False, why="", now=now)

    def _say(self, device: KnownDevice, *, abnormal: bool, why: str, now: Now) -> list[Outcome]:
        place = device.rules.place
        return self._watches.say(DETECTOR_LOST, device.id, device.id, place, abnormal=abnormal, why=why, now=now)

    def _ward(self, known: KnownDevice, sensor: Sensor, now: Now, *, ever: bool) -> Ward:
        return Ward(known, known.groups[SAFETY], self._times_of(sensor), now.boottime_ns, ever)

    def _times_of(self, sensor: Sensor) -> Times:
        return self._times.get(sensor.product, NOT_DESCRIBED)


def _key(device: str) -> str:
    return f"{DETECTOR_LOST}@{device}"


def _long(ns: int) -> str:
    """For people: "15 min", "2 h"."""
    minutes = round(ns / NANOSECONDS / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"  # noqa: PLR2004 - two hours
