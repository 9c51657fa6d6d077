"""Whatever people, clocks and power cuts do, there is somebody to call; and a proof, once for each shift that begins."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.duty import PutAway, TakeOver
from gateway.notice import Tell
from tests.decide.people.post import HOUR, MANAGER, MINUTE, Post, at

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"

ANYBODY = ("zhang", "li", "wu", "zhao")
"""Everybody but the leader, who is always there."""


@dataclass(frozen=True)
class Leaves:
    """Somebody is absent from now on."""

    person: str
    hours: float


@dataclass(frozen=True)
class Takes:
    """Somebody takes the grid over."""

    person: str


@dataclass(frozen=True)
class Passes:
    """Time passes."""

    minutes: int


@dataclass(frozen=True)
class Falls:
    """The box is off for a while, and comes back with a clock that is off by so many hours."""

    minutes: int
    clock_off_hours: int
    reboot: bool


Step: TypeAlias = Leaves | Takes | Passes | Falls
STEPS = st.one_of(
    st.builds(Leaves, st.sampled_from(ANYBODY), st.sampled_from([0.2, 3.0, 14.0])),
    st.builds(Takes, st.sampled_from(ANYBODY)),
    st.builds(Passes, st.integers(1, 600)),
    st.builds(Falls, st.integers(0, 900), st.sampled_from([0, 0, -3000, -1, 5]), st.booleans()),
)


@settings(max_examples=1_000 if SOAK else 12, deadline=None)
@given(st.lists(STEPS, max_size=12))
def test_there_is_always_somebody_to_call(steps: list[Step]) -> None:
    post = Post(utc=at(19.5))

    for step in steps:
        match step:
            case Leaves(person, hours):
                post.act(PutAway(MANAGER, person, post.now.utc, post.now.utc + hours * HOUR))
            case Takes(person):
                post.act(TakeOver(MANAGER, "g1", person))
            case Passes(minutes):
                post.wait(minutes * MINUTE)
            case Falls(minutes, off, reboot):
                wrong = post.now.utc + minutes * MINUTE + off * HOUR
                post.restart(minutes * MINUTE, reboot=reboot, utc=wrong, trusted=False)

        called = post.people.in_role("g1", "duty")
        assert called
        assert called[0] == post.people.on_duty("g1").responsible


@settings(max_examples=1_000 if SOAK else 12, deadline=None)
@given(st.lists(st.integers(1, 900), min_size=1, max_size=8))
def test_each_shift_is_proved_once_through_any_restarts(downs: list[int]) -> None:
    post = Post(utc=at(10))

    for minutes in downs:
        post.restart(off_seconds=minutes * MINUTE, reboot=minutes % 2 == 0)
        post.wait(30 * MINUTE)

    proofs = [each for each in post.said if isinstance(each, Tell) and each.kind == "proof" and each.place.grid == "g1"]
    assert set(Counter(each.facts["begins"] for each in proofs).values()) == {1}
