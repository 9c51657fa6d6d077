"""Plots against a slow, obvious reckoning of the same past."""

from __future__ import annotations

import asyncio
import math
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import Fault, Quality
from gateway.keep.history import History
from gateway.keep.plot import BUCKET_SECONDS, Buckets
from tests.keep.facts import T0, device

if TYPE_CHECKING:
    from gateway.keep.plot import Plot

EXAMPLES = 2_000 if os.environ.get("GRIDPOST_SOAK") else 60
BAD = Fault(Quality.BAD, "out of range")

steps = st.lists(
    st.tuples(
        st.integers(1, 90_000).map(lambda milliseconds: milliseconds / 1000),
        st.one_of(st.integers(-5, 5).map(float), st.just("bad"), st.just("quiet"), st.just("restart"), st.just("look")),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(steps=steps, pixels=st.sampled_from([3, 7, 20, 61, 300]))
def test_any_past_is_plotted_as_it_was(steps: list[tuple[float, float | str]], pixels: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plot, stretches, until = asyncio.run(_live(Path(folder), steps, pixels))

    for bucket, begins in enumerate(plot.t):
        ends = min(begins + plot.bucket_seconds, until)
        inside = [
            (max(since, begins), min(till, ends), value)
            for since, till, value in stretches
            if min(till, ends) - max(since, begins) > 0.003  # a tick is a millisecond
        ]
        values = [value for *_, value in inside if value is not None]
        if not values:
            assert plot.quality[bucket] != "good" or plot.max[bucket] is not None
            continue
        low, high, mean = plot.min[bucket], plot.max[bucket], plot.mean[bucket]
        assert low is not None
        assert high is not None
        assert mean is not None
        assert low <= min(values)
        assert high >= max(values)
        assert low - 1e-9 <= mean <= high + 1e-9
        weights = sum(till - since for since, till, value in inside if value is not None)
        expected = sum((till - since) * value for since, till, value in inside if value is not None) / weights
        assert math.isclose(mean, expected, abs_tol=0.02 + 0.2 / weights)
        if any(value is None for *_, value in inside):
            assert plot.quality[bucket] == "bad"


async def _live(
    folder: Path, steps: list[tuple[float, float | str]], pixels: int
) -> tuple[Plot, list[tuple[float, float, float | None]], float]:
    """Live through the steps; the past as (since, until, value), None for bad, nothing for a gap."""
    history = History(folder, 7)
    history.adopt((device(),))
    utc = T0
    stretches: list[tuple[float, float, float | None]] = []
    open_since: tuple[float, float | None] | None = None
    for seconds, what in steps:
        utc = round(utc + seconds, 3)
        for minute in range(int(history._utc // 60) + 1, int(utc // 60) + 1) if history._utc else ():
            await _look(history, minute * 60.0)  # the house looks at its clock in every minute
        if what == "look":
            await _look(history, utc)
            continue
        if open_since is not None:
            stretches.append((open_since[0], utc, open_since[1]))
            open_since = None
        if what == "restart":
            await _look(history, utc)
            await history.close()
            history = History(folder, 7)
            history.adopt((device(),))
            await _look(history, utc)
        elif what == "quiet":
            history.quiet("b1u1", 1, utc)
        elif what == "bad":
            history.record("b1u1", 1, (0, None, 1.0), (None, BAD, None), utc)
            open_since = (utc, None)
        else:
            history.record("b1u1", 1, (0, float(what), 1.0), None, utc)
            open_since = (utc, float(what))
    await _look(history, utc)
    if open_since is not None:
        stretches.append((open_since[0], utc, open_since[1]))
    plot = await history.query("b1u1", "level", T0, max(utc, T0 + 1), pixels)
    await history.close()
    assert not history.lost
    return plot, stretches, utc


async def _look(history: History, utc: float) -> None:
    while history.close_some(utc, 1.0) or history._commit is not None:
        await asyncio.sleep(0)


@settings(max_examples=300, deadline=None)
@given(start=st.floats(0, 4e9), length=st.floats(0.001, 4e8), pixels=st.integers(-1, 20_000))
def test_buckets_cover_what_was_asked_in_no_more_than_the_pixels(start: float, length: float, pixels: int) -> None:
    buckets = Buckets(start, start + length, pixels)

    plot = buckets.plot()

    assert 1 <= len(plot.t) <= max(1, pixels)
    assert plot.t[0] <= start
    assert plot.t[-1] + plot.bucket_seconds >= start + length - 1e-6
    assert set(plot.quality) == {"gap"}


@pytest.mark.parametrize(
    ("hours", "pixels", "seconds"), [(24, 600, 180), (24, 1440, 60), (1, 600, 10), (0.05, 600, 0.5)]
)
def test_buckets_are_lengths_that_people_read_off_an_axis(hours: float, pixels: int, seconds: float) -> None:
    buckets = Buckets(T0, T0 + hours * 3600, pixels)

    assert buckets.seconds == seconds
    assert buckets.seconds in BUCKET_SECONDS
    assert buckets.start == T0
