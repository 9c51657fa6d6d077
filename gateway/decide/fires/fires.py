"""Everything about fires, joined: what confirms one, what follows by the table, what would have followed on trial, drills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.fires.evidence import Evidence
from gateway.decide.fires.freezing import Freezing
from gateway.decide.fires.gas import GasInterlock
from gateway.decide.fires.pre_alarms import STANDING, UNANSWERED, PreAlarms
from gateway.decide.fires.switching import Switching
from gateway.decide.fires.systemic import Systemic
from gateway.decide.fires.table import Kind
from gateway.decide.fires.trials import Trials
from gateway.decide.fires.would_have import would_follow
from gateway.decide.rules import (
    CHARGING_NOT_STOPPED,
    CHARGING_STOPPED,
    DETECTOR_LOST,
    FIRE_CONFIRMED,
    FIRE_DOORS_SHUT,
    UNVERIFIED_ALARM,
)
from gateway.decide.sparing import has_effect
from gateway.decide.timers import Timers
from gateway.model import AlarmChanged, AlarmState, Change, Outcome, Place, Remember, Want

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from drivers.contract import Json
    from gateway.decide.fires.table import Row
    from gateway.decide.fires.trials import Drill, Trial
    from gateway.decide.known import Known
    from gateway.decide.sending import Sending
    from gateway.decide.watches import Watches
    from gateway.model import Alarm, Now, Said
    from gateway.safety import SafetyAct

_BUILDING = "building:"
_CONFIRMED = f"{FIRE_CONFIRMED}@{_BUILDING}"

_NEVER_ON_TRIAL = frozenset({"door_fire_released", FIRE_DOORS_SHUT, CHARGING_STOPPED, CHARGING_NOT_STOPPED})
"""What shows or follows from something that was done in earnest."""


class Fires:
    """The fires' side of the judgement; `known`, `watches` and `sending` are shared with the rest of it.

    `adopt` comes before anything else, and `follow` before any other part looks at the alarms of a step: it raises
    `fire_confirmed`, from which doors and chargers follow. `gas` and `freezing` are asked by others.
    """

    def __init__(
        self, remembered: Mapping[str, Json], known: Known, watches: Watches, sending: Sending, now: Now
    ) -> None:
        self._known = known
        self._watches = watches
        self._timers = Timers(remembered, now, prefixes=("fire:",))
        self._evidence = Evidence(remembered, known, watches.book, self._timers)
        self._pre_alarms = PreAlarms(known, watches, self._evidence, self._timers)
        self._systemic = Systemic(remembered, known, watches, self._evidence, self._timers)
        self.gas = GasInterlock(known, watches)
        self.freezing = Freezing(known, watches)
        self._switching = Switching(remembered, known, watches, sending, self.gas)
        self._trials = Trials(remembered, known)
        self._rows: dict[str, list[Row]] = {}
        self._burning: set[str] = set()
        """The buildings whose fire is confirmed and, as far as was looked, still stands."""
        self._in_earnest = ""
        """The building whose fire is being confirmed by what is never on trial."""
        watches.book.on_trial = self._on_trial

    # ------------------------------------------------------------ reading

    @property
    def trials(self) -> Mapping[str, Trial]:
        """The buildings on trial 试运行."""
        return self._trials.of

    @property
    def drills(self) -> Sequence[Drill]:
        """The drills that were recorded, the oldest first."""
        return self._trials.drills

    @property
    def would_have(self) -> Mapping[str, Sequence[Json]]:
        """By building: what would have followed in its trial, the oldest first."""
        return self._trials.would_have

    @property
    def rows(self) -> Sequence[Row]:
        """The table of cause and effect."""
        return self._known.rules.fires.rows

    def trial_people(self, building: str) -> tuple[str, ...]:
        """The trial list of a building; nobody for one that is not on trial."""
        trial = self._trials.of.get(building)
        return trial.people if trial is not None else ()

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME at which `wake` has work again, None while it waits for something to happen."""
        return self._timers.next_ns

    # ------------------------------------------------------------ people

    def adopt(self, now: Now) -> list[Outcome]:
        """Take the rules in force. Nothing is confirmed by them that was not before."""
        self._rows = {}
        for row in self._known.rules.fires.rows:
            for rule in row.when if row.acts else ():
                self._rows.setdefault(rule, []).append(row)
        self._evidence.adopt()
        book = self._watches.book
        self._burning = {key.removeprefix(_CONFIRMED) for key in book.open if key.startswith(_CONFIRMED)}
        return [*self._timers.resumed(), *self._switching.adopt(), *self._pre_alarms.adopt(now)]

    def act(self, act: SafetyAct, staff: Container[str], now: Now) -> list[Outcome]:
        """What a person asks for about trials and drills. `staff`: the ids of all who work here."""
        before = set(self._trials.of)
        out = self._trials.act(act, staff, now)
        for building in before - self._trials.of.keys():
            out += self._acts_again(building, now)
        return out

    # ------------------------------------------------------------ what alarms mean

    def follow(self, outcomes: Sequence[Said], now: Now) -> Sequence[Said]:
        """What alarms mean together: fires that are confirmed by them, and whom a deadline waits for."""
        touched: dict[str, None] = {}
        out: list[Outcome] = []
        for outcome in outcomes:
            if isinstance(outcome, AlarmChanged):
                out += self._heard(outcome, touched, now)
        for building in touched:
            out += self._judge(building, now)
        return [*outcomes, *out] if out else outcomes

    def effects(self, outcomes: Sequence[Said], now: Now) -> Sequence[Said]:
        """What alarms switch by the table, behind the states that devices are to hold; or would, were it no trial."""
        switched: list[Outcome] = []
        noted: list[Outcome] = []
        for outcome in outcomes:
            if not isinstance(outcome, AlarmChanged):
                continue
            alarm = outcome.alarm
            if outcome.change is Change.RAISED and (rows := self._rows.get(alarm.rule)):
                if has_effect(alarm):
                    switched += self._switching.order(alarm, rows, now)
                elif alarm.trial and not alarm.test and (body := would_follow(alarm, rows, self._known)):
                    noted += self._trials.note(alarm.place.building, body)
            elif alarm.state is AlarmState.NORMAL:
                noted += self._switching.ended(alarm.key)
        if not switched and not noted:
            return outcomes
        held = next((n for n, outcome in enumerate(outcomes) if not isinstance(outcome, Want)), len(outcomes))
        return [*outcomes[:held], *switched, *outcomes[held:], *noted]

    # ------------------------------------------------------------ time

    def sweep(self, now: Now) -> list[Outcome]:
        """Once a second."""
        out = self._switching.look(now)
        out += self._systemic.look(now)
        for building in list(self._systemic.held):
            if not self._systemic.holds_back(building):
                out += self._systemic.free(building)
                out += self._judge(building, now)
        for building in [each for each in self._burning if not self._evidence.standing(each)]:
            self._burning.discard(building)
            out += self._say(building, "", now, abnormal=False)
        for trial in self._trials.over(now):
            out += self._trials.run_out(trial)
            out += self._acts_again(trial.building, now)
        self._evidence.tidy()
        return out

    def wake(self, now: Now) -> list[Outcome]:
        """Deadlines that ended."""
        out: list[Outcome] = []
        for timer in self._timers.ended(now):
            out.append(Remember(timer, None))
            if timer.startswith(UNANSWERED):
                out += self._pre_alarms.unanswered(timer.removeprefix(UNANSWERED), now)
            elif timer.startswith(STANDING):
                out += self._stood(timer.removeprefix(STANDING), now)
        return out

    def checkpoint(self, now: Now) -> list[Outcome]:
        """Once a minute: what is left of the deadlines."""
        return self._timers.checkpoint(now)

    # ------------------------------------------------------------ parts of it

    def _heard(self, changed: AlarmChanged, touched: dict[str, None], now: Now) -> list[Outcome]:
        alarm = changed.alarm
        match changed.change:
            case Change.RAISED | Change.UNSUPPRESSED if alarm.active:
                return self._raised(alarm, touched, now)
            case Change.ACKED:
                return self._pre_alarms.answered(alarm.key)
            case Change.CLEARED:
                return [*self._pre_alarms.over(alarm.key), *self._evidence.cleared(alarm.key)]
            case Change.VERIFIED:
                return self._verified(alarm, now)
            case Change.RESET:
                return self._evidence.reset(alarm)
        return []

    def _raised(self, alarm: Alarm, touched: dict[str, None], now: Now) -> list[Outcome]:
        if alarm.rule == DETECTOR_LOST:
            building, out = self._evidence.lost(alarm, now)
            touched[building] = None
            return out
        piece, out = self._evidence.raised(alarm, now)
        if piece is None:
            return out
        touched[piece.building] = None
        if piece.kind in (Kind.SMOKE, Kind.HEAT):
            out += self._pre_alarms.raised(alarm, now)
            out += self._systemic.raised(piece.building, now)
        return out

    def _verified(self, alarm: Alarm, now: Now) -> list[Outcome]:
        """A person who is there said what it is: that a person says so is never on trial, and waits for nothing."""
        if alarm.verdict == "false":
            return [*self._pre_alarms.over(alarm.key), *self._evidence.doubt(alarm)]
        out = self._evidence.real(alarm)
        if alarm.verdict == "real" and alarm.place.building and self._of_fire(alarm):
            why = f"seen on site: {alarm.place.name or alarm.source}"
            out += self._confirm(alarm.place.building, why, now, in_earnest=True)
        return out

    def _of_fire(self, alarm: Alarm) -> bool:
        if alarm.rule == UNVERIFIED_ALARM:
            device = self._known.rules.devices.get(alarm.device)
            return device is not None and device.detector is not None and device.detector.kind in ("smoke", "heat")
        kind = self._known.rules.fires.kinds.get(alarm.rule)
        return alarm.rule == FIRE_CONFIRMED or kind in (Kind.SMOKE, Kind.HEAT)

    def _stood(self, key: str, now: Now) -> list[Outcome]:
        """A detector's three minutes are over."""
        piece = self._evidence.piece(key)
        if piece is None or self._watches.book.active(_CONFIRMED + piece.building):
            return []
        if not self._pre_alarms.still_shows(key) or self._systemic.holds_back(piece.building):
            return self._pre_alarms.look_again(key, now)
        why = f"the same detector still shows {piece.kind.value}: {piece.name}"
        return self._confirm(piece.building, why, now, in_earnest=False)

    def _judge(self, building: str, now: Now) -> list[Outcome]:
        """Look whether what is known of a building is enough."""
        if self._watches.book.active(_CONFIRMED + building) or not (why := self._evidence.confirms(building)):
            return []
        if self._systemic.holds_back(building):
            return self._systemic.hold(building, why)
        return self._confirm(building, why, now, in_earnest=False)

    def _confirm(self, building: str, why: str, now: Now, *, in_earnest: bool) -> list[Outcome]:
        self._in_earnest = building if in_earnest else ""
        self._burning.add(building)
        out = self._say(building, why, now, abnormal=True)
        if in_earnest:
            out += self._watches.book.trial_over(_CONFIRMED + building, now)
        self._in_earnest = ""
        return out

    def _say(self, building: str, why: str, now: Now, *, abnormal: bool) -> list[Outcome]:
        devices = self._known.rules.devices.values()
        grid = next((known.place.grid for known in devices if known.place.building == building), "")
        place = Place(building=building, grid=grid)
        return self._watches.say(FIRE_CONFIRMED, _BUILDING + building, "", place, abnormal=abnormal, why=why, now=now)

    def _acts_again(self, building: str, now: Now) -> list[Outcome]:
        """A building is no longer on trial: what stands there is said in earnest, and has its effects."""
        out: list[Outcome] = []
        for alarm in list(self._watches.book.open.values()):
            if alarm.trial and alarm.active and alarm.place.building == building:
                out += self._watches.book.trial_over(alarm.key, now)
        return out

    def _on_trial(self, rule: str, place: Place) -> bool:
        if place.building not in self._trials.of or place.building == self._in_earnest:
            return False
        return rule not in _NEVER_ON_TRIAL and self._known.rules.fires.kinds.get(rule) is not Kind.PANEL
