"""Who may have a whole cabinet opened, and how that goes on two compartments at a time until all were told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.deadline import Deadline
from gateway.decide.lockers.compartment import elapsed_ns
from gateway.decide.lockers.opening_all import CONFIRM_NS, PendingOpenAll, RunningOpenAll
from gateway.decide.lockers.orders import AT_ONCE, GAP_NS, ordered
from gateway.decide.may import MAY_ANSWER, may
from gateway.model import Outcome, Recorded, Refused, Remember
from gateway.parcels import CompartmentState as State
from gateway.parcels import ConfirmOpenAll, OpenAll

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.contract import Json
    from gateway.decide.lockers.cabinets import Cabinets
    from gateway.decide.lockers.orders import Orders
    from gateway.decide.sending import Sending
    from gateway.model import Now

OPEN_ALL = "locker_open_all"
"""The kind of log row of it: body {"what": "asked", "confirmed", "ended" or "lapsed", ...}."""

OPEN_COMPARTMENT = "open_compartment"
"""What the command that opens a compartment acts as."""

_PENDING = "open_all_pending:"
_RUNNING = "open_all:"


class TwoPersons:
    """What waits for a second person, and what two persons have begun, by cabinet."""

    def __init__(
        self, remembered: Mapping[str, Json], cabinets: Cabinets, orders: Orders, sending: Sending, now: Now
    ) -> None:
        self._cabinets = cabinets
        self._orders = orders
        self._sending = sending
        self.pending: dict[str, PendingOpenAll] = {
            name.removeprefix(_PENDING): PendingOpenAll.from_json(body, now)
            for name, body in remembered.items()
            if name.startswith(_PENDING)
        }
        self.running: dict[str, RunningOpenAll] = {}
        self._interrupted = {
            name.removeprefix(_RUNNING): RunningOpenAll.from_json(body)
            for name, body in remembered.items()
            if name.startswith(_RUNNING)
        }

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME at which `wake` has work again, None while nothing goes on."""
        due = [pending.ends.at.boottime_ns + pending.ends.left_ns for pending in self.pending.values()]
        due += [running.at.boottime_ns + GAP_NS for running in self.running.values()]
        return min(due, default=None)

    def act(self, act: OpenAll | ConfirmOpenAll, now: Now) -> list[Outcome]:
        """The first person asks, the second confirms."""
        if act.cabinet not in self._cabinets:
            return [Refused(act, "cabinet_unknown", f"there is no parcel locker {act.cabinet}")]
        if refused := may(act, act.actor, MAY_ANSWER, self._cabinets.device(act.cabinet).rules.place.grid):
            return [refused]
        if wrong := self._orders.against(act.cabinet, asks=False):
            return [Refused(act, *wrong)]
        return self._ask(act, now) if isinstance(act, OpenAll) else self._confirm(act, now)

    def adopt(self) -> Iterator[Outcome]:
        """What a restart interrupted is not gone on with: doors would open when nobody waits for them any more."""
        self.running.update(self._interrupted)
        for cabinet in list(self.running):
            if cabinet in self._interrupted or cabinet not in self._cabinets:
                yield from self._end(cabinet, "interrupted")
        self._interrupted = {}
        for cabinet in [each for each in self.pending if each not in self._cabinets]:
            yield from self._drop(cabinet)

    def wake(self, now: Now) -> Iterator[Outcome]:
        """Requests that nobody confirmed lapse; what was begun goes on."""
        for cabinet, pending in list(self.pending.items()):
            if pending.ends.left(now) <= 0:
                yield from self._drop(cabinet)
                yield Recorded(OPEN_ALL, cabinet, {"what": "lapsed"})
        for cabinet, running in list(self.running.items()):
            if elapsed_ns(running.at, now) >= GAP_NS:
                yield from self._go_on(cabinet, running, now)

    # ------------------------------------------------------------ parts of it

    def _ask(self, act: OpenAll, now: Now) -> list[Outcome]:
        cabinet, reason = act.cabinet, act.reason.strip()
        if not reason:
            return [Refused(act, "reason_needed", "opening a whole cabinet needs a reason")]
        if cabinet in self.running:
            return [Refused(act, "open_all_running", f"{cabinet} is being opened already")]
        if not self._commands(cabinet):
            return [Refused(act, "command_unknown", f"no compartment of {cabinet} can be opened from afar")]
        pending = PendingOpenAll(act.actor.id, act.actor.name, reason, Deadline(now, CONFIRM_NS))
        self.pending[cabinet] = pending
        return [
            Remember(_PENDING + cabinet, pending.to_json()),
            Recorded(OPEN_ALL, cabinet, {"what": "asked", "reason": reason}, act.actor.name),
        ]

    def _confirm(self, act: ConfirmOpenAll, now: Now) -> list[Outcome]:
        cabinet, pending = act.cabinet, self.pending.get(act.cabinet)
        if pending is None or pending.ends.left(now) <= 0:
            return [
                Refused(act, "nothing_to_confirm", f"nobody asked to open all of {cabinet} in the last two minutes")
            ]
        if pending.person == act.actor.id:
            return [Refused(act, "same_person", "a second person has to confirm it")]
        running = RunningOpenAll(f"{pending.by}, {act.actor.name}", pending.reason, tuple(self._commands(cabinet)), now)
        return [
            *self._drop(cabinet),
            Recorded(OPEN_ALL, cabinet, {"what": "confirmed", "reason": pending.reason}, act.actor.name),
            *self._go_on(cabinet, running, now),
        ]

    def _go_on(self, cabinet: str, running: RunningOpenAll, now: Now) -> list[Outcome]:
        self.running[cabinet] = running
        if wrong := self._orders.against(cabinet, asks=False):
            return self._end(cabinet, wrong[0])
        out: list[Outcome] = []
        commands = self._commands(cabinet)
        passed, told = set(running.parts) - commands.keys(), 0
        for part in running.parts:
            if self._orders.pulses(cabinet, now) >= AT_ONCE:
                break
            if part in passed:
                continue
            out += self._cabinets.look(f"{cabinet}/{part}", now)
            c = self._cabinets.of[f"{cabinet}/{part}"]
            if c.open or c.state is State.OUT_OF_SERVICE:
                passed.add(part)
            elif self._orders.against_one(c, now) is None:
                passed.add(part)
                told += 1
                out += self._sending.by_rule(
                    cabinet, commands[part], {}, actor=running.by, reason=running.reason, now=now
                )
                out += self._cabinets.put(ordered(c, now), now)
        running = self.running[cabinet] = running.went_on(frozenset(passed), told, now)
        if not running.parts:
            return out + self._end(cabinet, "")
        return [*out, Remember(_RUNNING + cabinet, running.to_json())]

    def _end(self, cabinet: str, why: str) -> list[Outcome]:
        running = self.running.pop(cabinet)
        body = {"what": "ended", "told": running.told, "left": len(running.parts), "why": why}
        return [Remember(_RUNNING + cabinet, None), Recorded(OPEN_ALL, cabinet, body, running.by)]

    def _drop(self, cabinet: str) -> list[Outcome]:
        del self.pending[cabinet]
        return [Remember(_PENDING + cabinet, None)]

    def _commands(self, cabinet: str) -> dict[str, str]:
        """The command that opens each compartment."""
        commands = self._cabinets.device(cabinet).rules.commands.items()
        able = {rules.part: name for name, rules in commands if rules.acts_as == OPEN_COMPARTMENT}
        return {c.part: able[c.part] for c in self._cabinets.among(cabinet) if c.part in able}
