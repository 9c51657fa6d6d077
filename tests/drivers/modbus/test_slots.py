from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import inf
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Link
from drivers.modbus.act import Rank
from drivers.modbus.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Sequence


def unit(link: Link = Link.UP, *, misses: int = 0, found: bool = True) -> Any:
    return SimpleNamespace(link=link, misses=misses, found=found)


@dataclass(eq=False)
class Standing:
    """An act that is always due."""

    rank: Rank
    unit: Any = field(default_factory=unit)
    due: float = 0.0
    over: bool = False

    async def step(self, *_: object) -> None:
        """Nothing."""

    def unit_back(self) -> None:
        """Nothing."""


def turns(acts: Sequence[Standing], count: int, *, polls_due: bool = True) -> str:
    """Who had `count` turns, one letter each: A, C, D, T, and P for a poll, - for nobody."""
    slots = Slots()
    said = ""
    for _ in range(count):
        act = slots.choose(acts, 1.0, polls_due=polls_due)
        if act is not None:
            said += act.rank.name[0]
            slots.stepped(act, 1.0, 1.0)
        else:
            said += "P" if polls_due else "-"
            slots.polled()
    return said


def test_a_fire_release_goes_before_a_command_and_both_before_all_else() -> None:
    acts = [Standing(Rank.TABLE), Standing(Rank.DRAIN), Standing(Rank.COMMAND), Standing(Rank.AT_ONCE)]

    assert turns(acts, 3) == "AAA"
    assert turns(acts[:3], 3) == "CCC"


def test_draining_takes_every_second_turn_while_polls_are_due_and_every_turn_while_none_is() -> None:
    assert turns([Standing(Rank.DRAIN)], 6) == "DPDPDP"
    assert turns([Standing(Rank.DRAIN)], 6, polls_due=False) == "DDDDDD"


def test_a_table_takes_every_fourth_turn_while_polls_are_due_and_every_turn_while_none_is() -> None:
    assert turns([Standing(Rank.TABLE)], 9) == "TPPPTPPPT"
    assert turns([Standing(Rank.TABLE)], 3, polls_due=False) == "TTT"


def test_of_a_drain_and_a_table_neither_starves_the_other_nor_the_polls() -> None:
    said = turns([Standing(Rank.DRAIN), Standing(Rank.TABLE)], 40)

    assert Counter(said) == {"P": 20, "D": 10, "T": 10}


def test_while_no_poll_is_due_events_go_before_the_table() -> None:
    assert turns([Standing(Rank.TABLE), Standing(Rank.DRAIN)], 2, polls_due=False) == "DD"


def test_nothing_but_a_fire_release_or_a_command_goes_to_a_unit_that_is_not_found() -> None:
    lost = unit(Link.LOST, misses=3, found=False)
    acts = [Standing(rank, lost) for rank in (Rank.DRAIN, Rank.TABLE)]

    assert turns(acts, 3, polls_due=False) == "---"
    assert Slots().next_due(acts) == inf
    assert turns([*acts, Standing(Rank.AT_ONCE, lost)], 1) == "A"


def test_units_that_answer_are_released_first() -> None:
    dead = Standing(Rank.AT_ONCE, unit(Link.LOST, misses=3))
    alive = Standing(Rank.AT_ONCE, due=0.5)

    assert Slots().choose([dead, alive], 1.0, polls_due=True) is alive


def test_a_release_in_vain_leaves_the_others_as_much_time_as_it_took() -> None:
    slots = Slots()
    dead = Standing(Rank.AT_ONCE, unit(Link.LOST, misses=3))

    slots.stepped(dead, 1.0, 1.4)

    assert slots.choose([dead], 1.79, polls_due=False) is None
    assert round(slots.next_due([dead]), 6) == 1.8
    assert slots.choose([dead], 1.81, polls_due=False) is dead


ACTS = st.lists(st.sampled_from([Rank.DRAIN, Rank.TABLE]), max_size=6)


@given(ranks=ACTS, count=st.integers(1, 60))
def test_whatever_is_to_be_done_at_least_every_second_turn_is_a_polls(ranks: list[Rank], count: int) -> None:
    said = turns([Standing(rank) for rank in ranks], count)

    assert "DD" not in said
    assert "TT" not in said
    assert said.count("P") >= count // 2
    assert all(said[at + 1 : at + 4].count("T") == 0 for at in range(count) if said[at] == "T")
