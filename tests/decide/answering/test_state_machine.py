"""The tables of the standard (docs/alarms.md, "What moves it"), cell by cell, also with a reboot before each event."""

from __future__ import annotations

import pytest

from gateway.decide.rules import Rule
from gateway.model import Refused
from tests.decide.answering.desk import LATCHED, PLAIN, Desk, announced, house

EVENTS = (
    "raise", "worse", "clear", "ack", "verify", "reset", "shelve", "unshelve", "design", "design over", "outage",
    "outage over", "silence", "restart",
)  # fmt: skip

# A letter: the state after it. "!": people are told. "=": nothing changes. Anything else: the code with which it is refused.
TABLE = """
            A              B              C              D              E              F
raise       B!             =              =              B!             B!             B!
worse       =              B!             B!             =              =              =
clear       =              D|E            A|F            =              =              =
ack         alarm_closed   C              =              A              F              =
verify      alarm_closed   C              C              A              F              F
reset       alarm_closed   alarm_active   alarm_active   alarm_unacked  alarm_unacked  A
shelve      alarm_closed   G              G              G              G              G
unshelve    alarm_closed   not_shelved    not_shelved    not_shelved    not_shelved    not_shelved
design      =              H              H              H              H              H
design_over =              =              =              =              =              =
outage      =              I              I              I              I              I
outage_over in_service     in_service     in_service     in_service     in_service     in_service
silence     =              =              =              =              =              =
restart     =              =              =              =              =              =
"""

WAYS = {
    "A": (),
    "B": ("raise",),
    "C": ("raise", "ack"),
    "D": ("raise", "clear"),
    "E": ("raise", "clear"),
    "F": ("raise", "clear", "ack"),
}
SPARED = {"G": "shelve", "H": "design", "I": "outage"}
ENDS = {"G": "unshelve", "H": "design over", "I": "outage over"}


def cells() -> list[tuple[Rule, str, str, str]]:
    """Each rule, state and event with what is to follow. D is for what does not latch, E and F are for what does."""
    header, *rows = (line.split() for line in TABLE.strip().splitlines())
    found = []
    for event, *expected in rows:
        for state, cell in zip(header, expected, strict=True):
            for rule, among in ((PLAIN, "ABCD"), (LATCHED, "ABCEF")):
                if state in among:
                    plain, _, latched = cell.partition("|")
                    said = latched if latched and rule is LATCHED else plain
                    found.append((rule, state, event.replace("_", " "), said))
    return found


def brought(rule: Rule, steps: tuple[str, ...]) -> Desk:
    """A desk after these events."""
    desk = Desk(house(rule))
    for step in steps:
        desk.happen(step)
    return desk


def named(value: object) -> str:
    return value.name if isinstance(value, Rule) else str(value)


def test_the_table_has_every_state_and_every_event() -> None:
    asked = {(state, event) for _, state, event, _ in cells()}

    assert asked == {(state, event) for state in "ABCDEF" for event in EVENTS}


@pytest.mark.parametrize("rebooted", [False, True])
@pytest.mark.parametrize(("rule", "state", "event", "expected"), cells(), ids=named)
def test_an_alarm_moves_as_the_standard_says(
    rule: Rule, state: str, event: str, expected: str, *, rebooted: bool
) -> None:
    desk = brought(rule, WAYS[state])
    assert desk.state == state
    if rebooted:
        desk.restart()

    out = desk.happen(event)

    refusals = [each.code for each in out if isinstance(each, Refused)]
    after = state if expected == "=" else expected.removesuffix("!")
    if len(after) > 1:
        assert (refusals, desk.state) == ([after], state)
    else:
        assert (refusals, desk.state, desk.underneath) == ([], after, state if after in SPARED else after)
    assert bool(announced(out)) is expected.endswith("!")


@pytest.mark.parametrize("rebooted", [False, True])
@pytest.mark.parametrize("spared", SPARED)
@pytest.mark.parametrize(
    ("rule", "state", "event", "expected"),
    [
        cell
        for cell in cells()
        if cell[1] != "A" and cell[2] in {"raise", "clear", "ack", "verify", "reset", "silence", "worse"}
    ],
    ids=named,
)
def test_what_is_suppressed_goes_on_underneath(
    rule: Rule, state: str, event: str, expected: str, spared: str, *, rebooted: bool
) -> None:
    desk = brought(rule, (*WAYS[state], SPARED[spared]))
    assert (desk.state, desk.underneath) == (spared, state)
    if rebooted:
        desk.restart()

    out = desk.happen(event)

    after = state if expected == "=" else expected.removesuffix("!")
    if len(after) > 1:
        assert [each.code for each in out if isinstance(each, Refused)] == [after]
        after = state
    if spared == "G" and expected == "B!" and event == "worse":  # the shelf was for what it was
        assert (desk.state, bool(announced(out))) == ("B", True)
    else:
        assert (desk.state, desk.underneath, announced(out)) == (spared, after, [])


@pytest.mark.parametrize("rebooted", [False, True])
@pytest.mark.parametrize("spared", SPARED)
@pytest.mark.parametrize("state", "ABCDEF")
@pytest.mark.parametrize("rule", [PLAIN, LATCHED], ids=named)
def test_the_end_of_a_suppression_shows_what_is_underneath_and_tells_what_stands_unanswered(
    rule: Rule, state: str, spared: str, *, rebooted: bool
) -> None:
    if state in ("D" if rule.latching else "EF"):
        return
    way = WAYS[state] or ("raise", "ack")
    desk = brought(
        rule, (*way, SPARED[spared], *(() if WAYS[state] else ("clear", "reset" if rule.latching else "clear")))
    )
    assert (desk.state, desk.underneath) == (spared, state)
    if rebooted:
        desk.restart()

    out = desk.happen(ENDS[spared])

    assert desk.state == state
    assert bool(announced(out)) is (state == "B")


@pytest.mark.parametrize("spared", SPARED)
@pytest.mark.parametrize("other", SPARED)
def test_one_suppression_is_not_ended_by_the_end_of_another(spared: str, other: str) -> None:
    if spared == other:
        return
    desk = brought(PLAIN, ("raise", SPARED[spared]))

    desk.happen(ENDS[other])

    assert desk.state == spared


@pytest.mark.parametrize(("first", "second", "after"), ["GHG", "HGH", "IHI", "IGI", "GII", "HII"])
def test_of_two_suppressions_the_first_stays_but_a_detector_out_of_service_is_so_altogether(
    first: str, second: str, after: str
) -> None:
    desk = brought(PLAIN, ("raise", SPARED[first], SPARED[second]))

    assert desk.state == after
