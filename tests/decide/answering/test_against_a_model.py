"""The life cycle against a model that was written from the tables of the standard and shares no code with the book."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.decide.rules import Rule
from gateway.model import Priority
from tests.decide.answering.desk import Desk, announced, house
from tests.decide.answering.test_state_machine import EVENTS

STEP_SECONDS = 61.0
"""Far enough apart that nothing chatters."""

LATER = "half an hour later"
SHELF_SECONDS, OUTAGE_SECONDS = 30 * 60.0, 8 * 3600.0


@dataclass
class Model:
    """ISA-18.2's four facts, and the table. `happen` says whether people are told."""

    latching: bool
    open: bool = False
    active: bool = False
    acked: bool = True
    latched: bool = False
    suppressed: str = ""
    priority: int = 3
    detector_out: bool = False
    shelf_seconds: float = 0.0
    outage_seconds: float = 0.0

    @property
    def state(self) -> str:
        if not self.open:
            return "A"
        if self.suppressed:
            return self.suppressed
        return self.underneath

    @property
    def underneath(self) -> str:
        if self.active:
            return "C" if self.acked else "B"
        if self.latched:
            return "F" if self.acked else "E"
        return "A" if self.acked else "D"

    def happen(self, event: str) -> bool:
        told = self._happen(event)
        if self.open and not self.suppressed and self.underneath == "A":
            self.open = False
        return told

    def pass_by(self, seconds: float) -> bool:
        """Time alone: a shelf ends, and who took what still stands is told again; an outage ends."""
        told = False
        self.shelf_seconds -= seconds
        if self.suppressed == "G" and self.shelf_seconds <= 0:
            self.acked = self.acked and not self.active
            told = self.happen("unshelve")
        self.outage_seconds -= seconds
        if self.detector_out and self.outage_seconds <= 0:
            told = self.happen("outage over") or told
        return told

    def _happen(self, event: str) -> bool:
        if event == "outage":
            self.detector_out, self.outage_seconds = True, OUTAGE_SECONDS
            self.suppressed = "I" if self.open else ""
            return False
        if event == "outage over":
            self.detector_out = False
            return self._end("I")
        if event == "raise":
            if self.open and self.active:
                return False
            if not self.open:
                self.suppressed = "I" if self.detector_out else ""
            self.open, self.active, self.acked, self.latched, self.priority = True, True, False, self.latching, 3
            return not self.suppressed
        return self._of_an_open_one(event) if self.open else False

    def _of_an_open_one(self, event: str) -> bool:  # noqa: C901 - the table of the standard
        match event:
            case "clear":
                self.active = False
            case "ack" | "verify":
                self.acked = True
            case "reset":
                if self.underneath == "F":
                    self.latched = False
            case "worse":
                return self._worse()
            case "shelve":
                if not self.suppressed and self.priority > 1:
                    self.suppressed, self.shelf_seconds = "G", SHELF_SECONDS
            case "unshelve":
                return self._end("G")
            case "design":
                self.suppressed = self.suppressed or "H"
            case "design over":
                return self._end("H")
        return False

    def _worse(self) -> bool:
        if not self.active or self.priority == 1:
            return False
        self.priority -= 1
        self.acked = False
        if self.suppressed == "G":
            self.suppressed = ""
        return not self.suppressed

    def _end(self, suppressed: str) -> bool:
        if not self.open or self.suppressed != suppressed:
            return False
        self.suppressed = ""
        return self.active and not self.acked


@settings(max_examples=100, deadline=None)
@given(st.booleans(), st.lists(st.sampled_from((*EVENTS, LATER)), max_size=30))
@example(latching=False, events=["raise", "verify", "worse", "verify"])
def test_any_sequence_of_events_leads_where_the_standard_says(latching: bool, events: list[str]) -> None:  # noqa: FBT001 - drawn
    desk, model = Desk(house(Rule("held", Priority.P3, latching=latching))), Model(latching)

    for event in events:
        seconds = 1801.0 if event == LATER else STEP_SECONDS
        out = desk.wait(seconds, every=seconds)
        assert bool(announced(out)) is model.pass_by(seconds)
        if event != LATER:
            out = desk.happen(event)
            assert bool(announced(out)) is model.happen(event)

        assert desk.state == model.state
        assert not model.open or desk.underneath == model.underneath
