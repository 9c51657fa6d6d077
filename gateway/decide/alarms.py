"""The life cycle of an alarm: four facts, states derived (ISA-18.2-2016, IEC 62682:2022; table in docs/alarms.md).

Every function takes the book and gives outcomes; nothing here knows why an alarm was raised.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.decide.alarm_json import alarm_from_json, alarm_to_json
from gateway.decide.rules import CO_DOSE, FACTS, NEVER_SPARED, TEMPERATURE_RISE
from gateway.decide.sparing import IN_SERVICE, UNSPARED, Sparing, goes_on, may_spare, spared
from gateway.model import Alarm, AlarmChanged, AlarmState, Change, Now, Outcome, Place, Priority, Remember, Suppression

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from drivers.contract import Json, Value
    from gateway.decide.rules import Rule

SAME_OCCURRENCE_SECONDS = 300.0
"""An alarm that returned and comes again within 5 minutes is the same occurrence (domain rule of ISA-18.2 practice)."""

TEST_SECONDS = 180.0
"""A test alarm that stands for longer than anybody tests a detector is no test. It counts from its raise (domain rule:
household smoke that still stands after 180 s is confirmed)."""

CALM_SECONDS = 300.0
"""What chatters must be normal for so long before it clears (EEMUA 191 practice)."""

_CALLS = (Change.RAISED, Change.UPDATED)
"""Changes for which people are called."""

_NEVER_TESTED = frozenset(FACTS) - {CO_DOSE, TEMPERATURE_RISE}
"""What is not said by the detector that is tested, but found out about it or about anything else."""

_NUMBER = "alarm_number"
_ALARM = "alarm:"


class AlarmBook:
    """All alarms that are not normal, by key and by number.

    What others know of an alarm's device and place: `under_test` says of a device whether what it says at this moment is a
    test, `on_trial` of a rule at a place whether it is on trial 试运行 there, `out_of_service` of a device who took it out of
    service, None while it is in service. The rules `never_spared` are never shelved nor suppressed by design.
    """

    def __init__(self, remembered: Mapping[str, Json]) -> None:
        self.under_test: Callable[[str], bool] = lambda _device: False
        self.on_trial: Callable[[str, Place], bool] = lambda _rule, _place: False
        self.out_of_service: Callable[[str], Sparing | None] = lambda _device: None
        self.never_spared: AbstractSet[str] = NEVER_SPARED
        self._flickered: set[str] = set()
        self.open: dict[str, Alarm] = {
            key.removeprefix(_ALARM): alarm_from_json(body)
            for key, body in remembered.items()
            if key.startswith(_ALARM)
        }
        highest = max(
            (alarm.number for alarm in self.open.values()), default=0
        )  # a rescued journal may have lost the next
        self._next: int = max(remembered.get(_NUMBER, 1), highest + 1)

    def numbered(self, number: int) -> Alarm | None:
        """The open alarm of that number."""
        return next((alarm for alarm in self.open.values() if alarm.number == number), None)

    def active(self, key: str) -> bool:
        """Whether the condition stands, after its delays."""
        alarm = self.open.get(key)
        return alarm is not None and alarm.active

    def chatters(self, key: str) -> bool:
        """Whether it comes and goes, and is held as one occurrence."""
        alarm = self.open.get(key)
        return alarm is not None and alarm.chattering

    def suppressed_by_design(self, key: str) -> bool:
        """Whether people are spared it because another alarm has the same cause."""
        alarm = self.open.get(key)
        return alarm is not None and alarm.suppression is Suppression.BY_DESIGN

    # ------------------------------------------------------------ the condition

    def raised(
        self, rule: Rule, source: str, device: str, place: Place, value: Value, why: str, now: Now, *, simulated: bool
    ) -> list[Outcome]:
        """The condition stands: A, D, E, F -> B. People are told unless the alarm is suppressed.

        That of a device under test is a test, and is not latched; but what was open before the test is no test. So it is with
        trials. One that chatters, and waits for its answer already, is not said again.
        """
        key = f"{rule.name}@{source}"
        before = self.open.get(key)
        if before is not None and before.active:
            return []
        fresh = before is None or _normal_underneath(before)
        trial = (before is None or before.trial or fresh) and self.on_trial(rule.name, place)
        out: list[Outcome] = []
        if before is None:
            alarm = Alarm(
                number=self._next, key=key, rule=rule.name, source=source, device=device, priority=rule.priority,
                place=place, active=True, acked=False, latched=False, value=value, why=why, since_utc=now.utc,
                since_trusted=now.trusted, changed_utc=now.utc, simulated=simulated,
            )  # fmt: skip
            self._next += 1
            out.append(Remember(_NUMBER, self._next))
        else:
            again = fresh or now.utc - before.changed_utc > SAME_OCCURRENCE_SECONDS
            alarm = replace(
                before, active=True, acked=False, priority=rule.priority, place=place, value=value, why=why,
                since_utc=now.utc, since_trusted=now.trusted, changed_utc=now.utc, acked_by="", note="", verdict="",
                verdict_by="", occurrences=before.occurrences + (1 if again else 0),
                raises=1 if fresh else before.raises + 1,
            )  # fmt: skip
        test = self._is_test(rule.name, device) if before is None or fresh else before.test
        alarm = replace(alarm, test=test, trial=trial, latched=rule.latching and not test)
        alarm = spared(alarm, self._sparing_of(alarm, before))
        told_on = before is not None and before.chattering and before.latched and not before.acked
        return [*out, *self._put(alarm, Change.RAISED, quiet=told_on)]

    def cleared(self, key: str, value: Value, now: Now) -> list[Outcome]:
        """The condition is gone: B -> D or E, C -> A or F. Nobody needs to take what was a test: it is gone."""
        before = self.open.get(key)
        if before is None or not before.active:
            return []
        acked = before.acked or before.test
        alarm = replace(before, active=False, acked=acked, stale=False, value=value, changed_utc=now.utc)
        return self._put(alarm, Change.CLEARED)

    def worse(self, key: str, priority: Priority, why: str, now: Now) -> list[Outcome]:
        """What stands matters more than it did: C -> B, and people are told again. It was shelved for what it was: no more."""
        before = self.open.get(key)
        if before is None or not before.active or before.priority <= priority:
            return []
        alarm = replace(before, priority=priority, why=why)
        return self._again(spared(alarm, self._sparing_of(alarm, before)), now)

    def updated(self, key: str, why: str, now: Now) -> list[Outcome]:
        """What stands is no longer the same: people are told again, and whoever took the alarm keeps it."""
        before = self.open.get(key)
        if before is None or not before.active or before.why == why:
            return []
        return self._put(replace(before, why=why, changed_utc=now.utc), Change.UPDATED)

    # ------------------------------------------------------------ tests and trials

    def on_test(self, key: str) -> bool:
        """Whether it stands, and is a test."""
        alarm = self.open.get(key)
        return alarm is not None and alarm.active and alarm.test

    def in_earnest(self, key: str, rule: Rule, now: Now) -> list[Outcome]:
        """What was raised as a test stands for too long to be one: C -> B, and people are told again."""
        if not self.on_test(key):
            return []
        return self._again(replace(self.open[key], test=False, latched=rule.latching), now)

    def trial_over(self, key: str, now: Now) -> list[Outcome]:
        """Its building is no longer on trial: what still stands is told, C -> B."""
        before = self.open.get(key)
        if before is None or not before.trial:
            return []
        alarm = replace(before, trial=False)
        return self._again(alarm, now) if alarm.active else self._put(alarm, Change.UPDATED, quiet=True)

    # ------------------------------------------------------------ people

    def acked(self, alarm: Alarm, by: str, note: str, now: Now) -> list[Outcome]:
        """A person takes it: B -> C, D -> A, E -> F. Taking it again changes nothing: the first one stays."""
        if alarm.acked:
            return []
        return self._put(replace(alarm, acked=True, acked_by=by, note=note, changed_utc=now.utc), Change.ACKED, by)

    def reset(self, alarm: Alarm, by: str, note: str, now: Now) -> list[Outcome]:
        """A person resets a latched alarm: F -> A. The caller has seen that it is in F."""
        return self._put(replace(alarm, latched=False, note=note or alarm.note, changed_utc=now.utc), Change.RESET, by)

    def verified(self, alarm: Alarm, *, real: bool, by: str, note: str, now: Now) -> list[Outcome]:
        """A person on site says what it is. Whoever verifies one that nobody took, or that got worse since, takes it too."""
        verdict = "real" if real else "false"
        if alarm.verdict == verdict and alarm.acked:
            return []
        said = replace(alarm, verdict=verdict, verdict_by=by, note=note or alarm.note, changed_utc=now.utc)
        return [*self._put(said, Change.VERIFIED, by), *self.acked(said, by, said.note, now)]

    # ------------------------------------------------------------ suppression

    def suppressed(self, key: str, suppression: Suppression, now: Now) -> list[Outcome]:
        """`spare` by nobody in particular: suppress by design, or end that."""
        return self.spare(key, suppression, "", "", 0.0, now)

    def spare(self, key: str, suppression: Suppression, by: str, why: str, until_utc: float, now: Now) -> list[Outcome]:
        """Spare people an alarm: A-F -> G, H, I. `by` is a person, or the alarm or rule that explains it.

        Nothing follows where that may not be: a P1 is never shelved, `never_spared` neither that nor suppressed by design, and
        what is shelved or out of service is spared already. A named cause takes over from one without a name. NONE ends a
        suppression by design of the same `by`, and no other; what is still active and unanswered is then told.
        """
        before = self.open.get(key)
        if before is None:
            return []
        if suppression is Suppression.NONE:
            ends = before.suppression is Suppression.BY_DESIGN and before.spared_by == by
            return self._ended(before, before, now) if ends else []
        sparing = Sparing(suppression, by, why, until_utc)
        if not may_spare(before, sparing, self.never_spared):
            return []
        alarm = replace(spared(before, sparing), changed_utc=now.utc)
        return self._put(alarm, Change.SUPPRESSED, "" if suppression is Suppression.BY_DESIGN else by)

    def unshelved(self, key: str, now: Now, by: str = "") -> list[Outcome]:
        """The shelf ends: G -> what is underneath, told if it is active and unanswered.

        Where nobody ended it (`by` is "") and the alarm still stands, people are told again though one of them took it once.
        """
        before = self.open.get(key)
        if before is None or before.suppression is not Suppression.SHELVED:
            return []
        forgotten = before.active and not by
        alarm = replace(before, acked=False, acked_by="", note="") if forgotten else before
        return self._ended(before, alarm, now, by)

    def back_in_service(self, key: str, now: Now, by: str = "") -> list[Outcome]:
        """Its detector counts again: I -> what is underneath, told if it is active and unanswered."""
        before = self.open.get(key)
        if before is None or before.suppression is not Suppression.OUT_OF_SERVICE:
            return []
        return self._ended(before, before, now, by)

    # ------------------------------------------------------------ marks

    def chattering(self, key: str, *, chattering: bool, now: Now) -> list[Outcome]:
        """It comes and goes, or no longer does. A mark: people are not called for it."""
        before = self.open.get(key)
        if before is None or before.chattering is chattering:
            return []
        return self._put(replace(before, chattering=chattering, changed_utc=now.utc), Change.UPDATED, quiet=True)

    def flickered(self, key: str) -> list[Outcome]:
        """What chatters came back before it had cleared: counted, and not worth a row of the log."""
        before = self.open.get(key)
        if before is None or not before.chattering:
            return []
        self.open[key] = alarm = replace(before, raises=before.raises + 1)
        self._flickered.add(key)
        return [Remember(_ALARM + key, alarm_to_json(alarm))]

    def told_flickers(self, now: Now) -> list[Outcome]:
        """Now and then, what was counted is told of as well: a mark, people are not called for it."""
        flickered, self._flickered = self._flickered & self.open.keys(), set()
        return [
            outcome
            for key in sorted(flickered)
            for outcome in self._put(replace(self.open[key], changed_utc=now.utc), Change.UPDATED, quiet=True)
        ]

    def stale(self, key: str, now: Now) -> list[Outcome]:
        """It has stood for longer than a day. A mark: people are not called for it."""
        before = self.open.get(key)
        if before is None or not before.active or before.stale:
            return []
        return self._put(replace(before, stale=True, changed_utc=now.utc), Change.UPDATED, quiet=True)

    def orphaned(self, key: str, *, orphaned: bool, now: Now) -> list[Outcome]:
        """Mark an alarm whose source vanished from the configuration, or came back."""
        before = self.open.get(key)
        if before is None or before.orphaned is orphaned:
            return []
        return self._put(replace(before, orphaned=orphaned, changed_utc=now.utc), Change.ORPHANED)

    # ------------------------------------------------------------ parts of it

    def _is_test(self, rule: str, device: str) -> bool:
        return rule not in _NEVER_TESTED and self.under_test(device)

    def _outage_of(self, alarm: Alarm) -> Sparing | None:
        return None if alarm.rule in IN_SERVICE else self.out_of_service(alarm.device)

    def _sparing_of(self, alarm: Alarm, before: Alarm | None) -> Sparing:
        return self._outage_of(alarm) or goes_on(alarm, before)

    def _ended(self, before: Alarm, alarm: Alarm, now: Now, by: str = "") -> list[Outcome]:
        outage = self._outage_of(before)
        if outage and before.suppression is not Suppression.OUT_OF_SERVICE:
            return self._put(replace(spared(before, outage), changed_utc=now.utc), Change.SUPPRESSED)
        return self._put(replace(spared(alarm, UNSPARED), changed_utc=now.utc), Change.UNSUPPRESSED, by)

    def _again(self, alarm: Alarm, now: Now) -> list[Outcome]:
        return self._put(replace(alarm, acked=False, acked_by="", note="", changed_utc=now.utc), Change.RAISED)

    def _put(self, alarm: Alarm, change: Change, actor: str = "", *, quiet: bool = False) -> list[Outcome]:
        normal = alarm.state is AlarmState.NORMAL
        if normal:
            self.open.pop(alarm.key, None)
        else:
            self.open[alarm.key] = alarm
        calls = change in _CALLS or (change is Change.UNSUPPRESSED and alarm.active and not alarm.acked)
        announce = calls and not quiet and alarm.suppression is Suppression.NONE
        return [
            Remember(_ALARM + alarm.key, None if normal else alarm_to_json(alarm)),
            AlarmChanged(alarm, change, announce=announce, actor=actor),
        ]


def _normal_underneath(alarm: Alarm) -> bool:
    """Whether it would be normal if it were not suppressed."""
    return not alarm.active and alarm.acked and not alarm.latched
