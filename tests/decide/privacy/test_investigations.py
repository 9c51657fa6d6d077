from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from gateway.actor import Actor, Role
from gateway.decide.known import Known
from gateway.decide.privacy.investigations import NUMBER, Investigations
from gateway.decide.rules import DeviceRules, Rules
from gateway.model import NANOSECONDS, Now, Place, Recorded, Refused, Remember
from gateway.privacy import (
    AskInvestigation,
    ConfirmInvestigation,
    Investigation,
    InvestigationState,
    RefuseInvestigation,
    ReleaseInvestigation,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.contract import Json
    from gateway.model import Outcome
    from gateway.privacy import InvestigationAct

NOW = Now("boot-1", 1_000 * NANOSECONDS, 1_800_000_000.0, trusted=True)
DAY = 86_400.0
WANG = Actor("u1", "王芳", Role.MANAGER)
LI = Actor("u2", "李强", Role.ADMINISTRATOR)
BOUND = Actor("u3", "赵云", Role.MANAGER, frozenset({"g2"}))
ASKED = AskInvestigation(WANG, "某某派出所", "公(2026)17号", ("b1",), NOW.utc - 2 * DAY, NOW.utc - DAY, "盗窃案")


@dataclass
class Office:
    """Where investigations are kept, with a disk."""

    disk: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """A process begins: only what is on the disk is left."""
        known = Known()
        places = {"d1": Place("b1", "1", "", "g1"), "d2": Place("b1", "2", "", "g1"), "gate": Place("", "", "", "")}
        places["d3"] = Place("b2", "1", "", "g2")
        known.rules = Rules({}, devices={name: DeviceRules("l", place, ()) for name, place in places.items()})
        self.investigations = Investigations(self.disk, known)

    def does(self, act: InvestigationAct, now: Now = NOW) -> Sequence[Outcome]:
        """Take an act; what is to be remembered is."""
        out = self.investigations.act(act, now)
        self.disk |= {each.key: each.value for each in out if isinstance(each, Remember)}
        return out

    def code(self, act: InvestigationAct, now: Now = NOW) -> str:
        """The code with which it is refused, "" when it is not."""
        return next((each.code for each in self.does(act, now) if isinstance(each, Refused)), "")

    @property
    def first(self) -> Investigation:
        """The first one."""
        return self.investigations.all["i1"]


@pytest.fixture
def office() -> Office:
    return Office()


def test_what_is_asked_is_remembered_with_the_devices_of_its_places_and_holds_nothing_yet(office: Office) -> None:
    out = office.does(ASKED)

    assert office.first.devices == ("d1", "d2")
    assert (office.first.state, office.first.held) == (InvestigationState.ASKED, False)
    [said] = [each for each in out if isinstance(each, Recorded)]
    assert (said.kind, said.subject, said.body["what"], said.body["document"]) == (
        "investigation", "i1", "asked", "公(2026)17号",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"body": " "}, "body_missing"),
        ({"document": ""}, "document_missing"),
        ({"places": ()}, "places_missing"),
        ({"places": ("b1", "b9")}, "places_wrong"),
        ({"places": ("",)}, "places_wrong"),
        ({"reason": "  "}, "reason_needed"),
        ({"from_utc": NOW.utc, "to_utc": NOW.utc}, "window_empty"),
        ({"from_utc": NOW.utc - 31 * DAY - 1, "to_utc": NOW.utc}, "window_long"),
        ({"from_utc": NOW.utc - 31 * DAY, "to_utc": NOW.utc}, ""),
        ({"to_utc": NOW.utc + 1}, "window_future"),
        ({"actor": Actor("u9", "x", Role.STAFF)}, "role"),
        ({"actor": Actor("u9", "x", Role.AUDITOR)}, "role"),
        ({"actor": BOUND}, "grid"),
        ({"actor": BOUND, "places": ("d3", "gate")}, ""),
    ],
)
def test_a_wish_that_is_not_whole_is_refused_with_what_is_missing(
    office: Office, change: dict[str, Json], code: str
) -> None:
    assert office.code(replace(ASKED, **change)) == code
    assert len(office.investigations.all) == (not code)


def test_a_clock_that_is_not_believed_keeps_no_window_out_that_is_less_than_a_day_ahead(office: Office) -> None:
    doubtful = NOW._replace(trusted=False)

    assert office.code(replace(ASKED, to_utc=NOW.utc + DAY), doubtful) == ""
    assert office.code(replace(ASKED, to_utc=NOW.utc + DAY + 1), doubtful) == "window_future"


def test_all_that_is_wrong_with_a_wish_is_said_at_once(office: Office) -> None:
    nothing = replace(ASKED, body="", document=" ", places=("b7",), to_utc=NOW.utc + DAY, reason="")

    refused = [each.code for each in office.does(nothing) if isinstance(each, Refused)]

    assert refused == ["body_missing", "document_missing", "reason_needed", "window_future", "places_wrong"]


def test_the_second_person_is_another_one_who_may_see_the_place(office: Office) -> None:
    office.does(ASKED)

    assert office.code(ConfirmInvestigation(WANG, "i1")) == "second_person"
    assert office.code(ConfirmInvestigation(BOUND, "i1")) == "grid"
    assert office.code(ConfirmInvestigation(Actor("u9", "x", Role.STAFF), "i1")) == "role"
    assert office.code(ConfirmInvestigation(LI, "i1")) == ""
    assert (office.first.confirmed_by, office.first.held) == ("李强", True)


def test_one_and_the_same_person_under_two_names_is_no_second_one(office: Office) -> None:
    office.does(ASKED)

    assert (
        office.code(ConfirmInvestigation(replace(WANG, name="王芳二", role=Role.ADMINISTRATOR), "i1"))
        == "second_person"
    )


def test_it_is_refused_only_before_and_released_only_after_it_was_confirmed(office: Office) -> None:
    office.does(ASKED)
    assert office.code(ReleaseInvestigation(LI, "i1", "结案")) == "investigation_over"

    office.does(ConfirmInvestigation(LI, "i1"))
    assert office.code(RefuseInvestigation(LI, "i1", "无文号")) == "investigation_over"
    assert office.code(ConfirmInvestigation(LI, "i1")) == "investigation_over"
    assert office.code(ReleaseInvestigation(LI, "i1", " ")) == "reason_needed"
    assert office.code(ReleaseInvestigation(LI, "i1", "结案")) == ""

    assert (office.first.state, office.first.held) == (InvestigationState.RELEASED, False)


def test_who_asked_may_take_it_back(office: Office) -> None:
    office.does(ASKED)

    office.does(RefuseInvestigation(WANG, "i1", "写错"))

    assert (office.first.state, office.first.why_ended) == (InvestigationState.REFUSED, "写错")
    assert office.code(ConfirmInvestigation(LI, "i1")) == "investigation_over"


def test_nobody_confirms_what_nobody_asked(office: Office) -> None:
    assert office.code(ConfirmInvestigation(LI, "i1")) == "investigation_unknown"


def test_a_restart_forgets_nothing_and_gives_no_number_twice(office: Office) -> None:
    office.does(ASKED)
    office.does(ConfirmInvestigation(LI, "i1"))
    before = office.first

    office.start()
    del office.disk[NUMBER]  # as after a rescue
    office.start()
    office.does(ASKED)

    assert office.first == before
    assert list(office.investigations.all) == ["i1", "i2"]


def test_retention_reads_what_is_held_from_what_is_remembered(office: Office) -> None:
    office.does(ASKED)
    office.does(ConfirmInvestigation(LI, "i1"))

    told = office.disk["investigation:i1"]

    assert told["held"] is True
    assert (told["devices"], told["from_utc"], told["to_utc"]) == (["d1", "d2"], NOW.utc - 2 * DAY, NOW.utc - DAY)
