"""Back-filling: a CSV of a past becomes that past, in any order, beside what is there."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from gateway.keep.backfill import import_csv
from gateway.keep.history import History
from tests.keep.facts import T0, device

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.keep.plot import Plot

DAY = 86_400.0


async def plot_of(folder: Path, key: str, start: float, end: float, pixels: int, name: str = "b1u1") -> Plot:
    history = History(folder, 7)
    try:
        return await history.query(name, key, start, end, pixels)
    finally:
        await history.close()


async def test_values_last_until_their_next_line_and_the_last_until_the_end_of_the_file(tmp_path: Path) -> None:
    lines = [
        "device,point,utc,value",
        f"b1u1,level,{T0},1.5",
        f"b1u1,door1.open,{T0 + 600},true",
        f"b1u1,door1.open,{T0 + 1200},false",
        f"b1u1,level,{T0 + 3600},2.5",
        f"b1u1,supply,{T0 + 5400},12",
    ]

    taken = import_csv(tmp_path, [device()], lines)
    level = await plot_of(tmp_path, "level", T0, T0 + 7200, 4)
    door = await plot_of(tmp_path, "door1.open", T0, T0 + 1800, 3)

    assert taken == 5
    assert level.last == [1.5, 1.5, 2.5, None]
    assert level.quality == ["good", "good", "good", "gap"]
    assert door.last == [None, 1, 0]
    assert door.quality == ["gap", "good", "good"]


async def test_the_order_of_the_lines_does_not_matter(tmp_path: Path) -> None:
    chance = random.Random(3)
    lines = [f"b1u1,level,{T0 + 97.3 * number},{chance.random()}" for number in range(2_000)]
    shuffled = list(lines)
    chance.shuffle(shuffled)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    import_csv(tmp_path / "a", [device()], lines)
    import_csv(tmp_path / "b", [device()], shuffled)

    span = ("level", T0, T0 + 2 * DAY + 7200, 300)
    assert await plot_of(tmp_path / "a", *span) == await plot_of(tmp_path / "b", *span)


async def test_minutes_that_were_lived_are_not_touched(tmp_path: Path) -> None:
    history = History(tmp_path, 7)
    history.adopt((device(),))
    for second in range(60):
        history.record("b1u1", 1, (1, 100.0, 1.0), None, T0 + 300 + second)
    history.close_some(T0 + 360)
    await history.close()

    import_csv(tmp_path, [device()], [f"b1u1,level,{T0 + second},{second}" for second in range(0, 1800, 10)])
    plot = await plot_of(tmp_path, "level", T0, T0 + 900, 15)

    assert (plot.min[5], plot.max[5]) == (100.0, 100.0)
    assert plot.last[4] == 290
    assert plot.last[6] == 410
    assert plot.quality == ["good"] * 15


async def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    lines = [f"b1u1,level,{T0 + 60 * number},{number}" for number in range(200)]

    import_csv(tmp_path, [device()], lines)
    once = await plot_of(tmp_path, "level", T0, T0 + 12_000, 200)
    size = (tmp_path / "history-20270115.db").stat().st_size
    import_csv(tmp_path, [device()], lines)

    assert await plot_of(tmp_path, "level", T0, T0 + 12_000, 200) == once
    assert (tmp_path / "history-20270115.db").stat().st_size == size


async def test_points_that_are_not_recorded_are_passed_over_and_an_empty_value_is_bad(tmp_path: Path) -> None:
    lines = [f"b1u1,door1.name,{T0},王芳", f"other,level,{T0},1", f"b1u1,level,{T0},", f"b1u1,count,{T0 + 60},0", ""]

    taken = import_csv(tmp_path, [device()], lines)
    plot = await plot_of(tmp_path, "level", T0, T0 + 60, 1)

    assert taken == 2
    assert plot.quality == ["bad"]
    assert import_csv(tmp_path, [device()], []) == 0


@pytest.mark.parametrize("line", ["b1u1,level,now,1", "b1u1,level,5", "b1u1,level,5,much"])
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(ValueError, match=f"line 2 is not device,point,utc,value: '{line}'"):
        import_csv(tmp_path, [device()], [f"b1u1,level,{T0},1", line])
