"""Whatever happens in whatever order: only what may, releases doors and stops chargers; and a panel does so at once.

The model knows what was shown and said, never how it was judged. It allows a fire where any of the evidence of domain 4.4 may
be there at that moment; what is released or stopped without it is wrong.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.decide.fires.quarter import FIRE, GAS, HEAT, LANDING, NEXT, SMOKE, Quarter

OFF_DELAY, WINDOW, STANDING = 60.0, 180.0, 180.0
STEP = 10.0
"""Time passes in steps of so many seconds, and what follows is looked at after each."""

DETECTORS = {
    SMOKE: ("smoke", "101"),
    NEXT: ("smoke", "102"),
    LANDING: ("smoke", ""),
    HEAT: ("heat", "101"),
    GAS: ("gas", "101"),
}
B2 = "b2-1-101-smoke"
KEYS = {device: f"{kind}@{device}/{kind}" for device, (kind, _) in DETECTORS.items()}


@dataclass
class Shown:
    """What a detector showed: since when, and when last."""

    on: bool = False
    since: float = -1e9
    last: float = -1e9
    doubted: bool = False
    """A person said that it was wrong, and it did not clear since."""


class Fires(RuleBasedStateMachine):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self.trial = Quarter(hung=(*DETECTORS, B2))
        self.at = 0.0
        self.shown = {device: Shown() for device in DETECTORS}
        self.panel = False
        self.real_at = -1e9
        self.before: tuple[set[str], set[str]] = (set(), set())

    # ------------------------------------------------------------ what happens

    @rule(device=st.sampled_from(sorted(DETECTORS)), on=st.booleans())
    def a_detector_speaks(self, device: str, *, on: bool) -> None:
        shown = self.shown[device]
        if on and not shown.on and self.at - shown.last >= OFF_DELAY:  # it had cleared
            shown.since, shown.doubted = self.at, False
        shown.on = on
        if on:
            shown.last = self.at
        self.trial.say(device, **{DETECTORS[device][0]: on})
        if on and device == LANDING and not shown.doubted and not self.trial.alarms[KEYS[device]].test:
            assert "d1" in self.trial.released, "smoke where nobody lives waits for nothing"

    @rule(on=st.booleans())
    def the_panel_speaks(self, *, on: bool) -> None:
        self.panel = on
        self.trial.say("d1", fire_input=on)
        if on:
            assert "d1" in self.trial.released
            assert "pile1" in self.trial.stopped

    @rule(device=st.sampled_from([SMOKE, NEXT, LANDING]))
    def a_packet_that_nothing_proves(self, device: str) -> None:
        self.trial.unverified(device)

    @rule(on=st.booleans())
    def another_building_smokes_for_a_moment(self, *, on: bool) -> None:
        if on:
            self.trial.say(B2, smoke=True)
        self.trial.say(B2, smoke=False)

    @rule(device=st.sampled_from(sorted(DETECTORS)))
    def somebody_answers(self, device: str) -> None:
        if KEYS[device] in self.trial.alarms:
            self.trial.ack(KEYS[device])

    @rule(key=st.sampled_from([*KEYS.values(), FIRE, "fire_input@d1/fire_input"]))
    def somebody_resets(self, key: str) -> None:
        if key in self.trial.alarms:
            self.trial.reset(key)

    @rule(device=st.sampled_from(sorted(DETECTORS)), real=st.booleans())
    def somebody_says_what_it_is(self, device: str, *, real: bool) -> None:
        if KEYS[device] not in self.trial.alarms:
            return
        active = self.trial.alarms[KEYS[device]].active
        self.trial.verify(KEYS[device], real=real)
        if real and device != GAS:
            self.real_at = self.at
        self.shown[device].doubted = not real and active

    @rule(device=st.sampled_from([SMOKE, LANDING]))
    def somebody_tests(self, device: str) -> None:
        if not self.trial.judge.detectors.walk_tests.under_test(device):
            self.trial.walk(device)

    @rule(reboot=st.booleans())
    def the_process_dies(self, *, reboot: bool) -> None:
        self.trial.restart(reboot=reboot)
        self.trial.up()
        for device, shown in self.shown.items():
            self.trial.say(device, **{DETECTORS[device][0]: shown.on})
        self.trial.say("d1", fire_input=self.panel)

    @rule(steps=st.sampled_from([1, 3, 7, 18]))
    def time_passes(self, steps: int) -> None:
        for _ in range(steps):
            self.trial.wait(STEP)
            self.at += STEP
            for shown in self.shown.values():
                if shown.on:
                    shown.last = self.at
            self.only_what_may_acts()
            if self.at % 60 == 0:
                self.trial.heard(*DETECTORS, B2)

    # ------------------------------------------------------------ what must be so

    @invariant()
    def only_what_may_acts(self) -> None:
        released, stopped = self.trial.released, self.trial.stopped
        before_released, before_stopped = self.before
        self.before = released, stopped
        assert not {"d2", "d3"} & released, "a single smoke of another building"
        if released - before_released or stopped - before_stopped:
            assert self.allowed()

    def allowed(self) -> bool:
        """Whether there may be a fire by anything that was seen; a little more is allowed than must be, never what may not."""
        if self.panel or self.real_at == self.at:
            return True
        speaking = [device for device in DETECTORS if device != GAS and self.speaks(device)]
        smokes = [device for device in speaking if DETECTORS[device][0] == "smoke"]
        if LANDING in smokes or len(smokes) > 1 or (smokes and HEAT in speaking):
            return True
        return any(shown.on and self.at - shown.since >= STANDING for shown in self.shown.values() if not shown.doubted)

    def speaks(self, device: str) -> bool:
        shown = self.shown[device]
        alarm = self.trial.alarms.get(KEYS[device])
        if shown.doubted or (alarm is not None and alarm.test):
            return False
        active = shown.on or self.at - shown.last < OFF_DELAY + STEP
        return active or self.at - shown.since <= WINDOW + STEP


SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
TestFires = Fires.TestCase
TestFires.settings = settings(max_examples=600 if SOAK else 8, stateful_step_count=60 if SOAK else 25, deadline=None)
