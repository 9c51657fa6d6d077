from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import telemetry
from bench.disk import Written
from bench.readings import DEVICES, POINTS, POINTS_PER_SECOND, TURNS_PER_SECOND, Readings
from bench.telemetry import GOALS, Plan, Telemetry

if TYPE_CHECKING:
    from pathlib import Path

    from bench.figures import Figure

SMALL = Plan(
    cost_turns=4,
    outbox_seconds=1.5,
    history_minutes=1,
    stall_seconds=2,
    memory_points=20_000,
    plot_hours=0.1,
    queries=2,
    delivered_points=8_000,
    outage_seconds=5,
    cap_megabytes=0.2,
)


def test_the_readings_are_two_thousand_changes_a_second() -> None:
    turns = Readings().turns()
    before, after = next(turns), next(turns)

    changed = sum(
        a != b for old, new in zip(before, after, strict=True) for a, b in zip(old.values, new.values, strict=True)
    )
    assert POINTS_PER_SECOND == 2_000
    assert changed / (DEVICES * POINTS) * POINTS_PER_SECOND == pytest.approx(2_000, rel=0.02)
    assert after[0].received_ns - before[0].received_ns == 1e9 / TURNS_PER_SECOND
    assert len({sample.values[0] for sample in before}) > 50


def test_what_a_process_writes_is_counted(tmp_path: Path) -> None:
    before = Written.now(tmp_path)
    (tmp_path / "file").write_bytes(bytes(1_000_000))

    written = Written.now(tmp_path) - before

    assert 1_000_000 <= written.process < 1_100_000


async def test_a_run_measures_the_real_parts_and_knows_every_goal() -> None:
    figures: list[Figure] = []

    await Telemetry(SMALL, figures.append).run()

    found = {figure.name: figure.value for figure in figures}
    assert {name.replace("24 h", "0.1 h") for name in GOALS} <= found.keys()
    assert found["points missing after the outage"] == 0
    assert found["points unaccounted for at the cap"] == 0
    assert found["points dropped and counted at the cap"] > 0
    assert 1 < found["bytes written per point, outbox, process"] < 1000
    assert all(value > 0 for name, value in found.items() if name.startswith("cpu per point"))
    assert found["cpu per point: from reading to 204"] == pytest.approx(
        sum(value for name, value in found.items() if name.startswith("cpu per point") and "204" not in name)
    )
    assert telemetry.DAY * 500 * found["outage: bytes on disk per point"] / 1e6 == pytest.approx(
        found["a day of outage, computed: size"]
    )
    assert 0 < found["loop stall while a full minute ends p50"] <= found["loop stall while a full minute ends max"]
