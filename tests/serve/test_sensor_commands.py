"""`gridpost sensors` and `gridpost detectors` against a served compound."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from typer.testing import CliRunner, Result

from drivers.ble.kinds import CONDITION
from gateway.__main__ import app
from gateway.commands import WRONG, sensors
from tests.serve.sensing import address, condition, key, safety

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.serve.compound import Town

ROW = f"{address(10)},{key(10).hex()},gridpost-smoke,S-10,b1-1-102-smoke\n"
HEAD = "address,key,product,label,detector\n"


async def _says(town: Town, *words: str, who: str = "installer") -> Result:
    """What a command says to somebody with a token, in a thread: the gateway answers meanwhile."""
    runner = CliRunner(env={"GRIDPOST_TOKEN": town.tokens[who]})
    return await asyncio.to_thread(lambda: runner.invoke(app, [*words, "--url", town.url]))


async def test_a_list_goes_in_dry_and_then_whole(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "sensors.csv"
    file.write_text(HEAD + ROW, encoding="utf-8")

    dry = await _says(town, "sensors", "import", str(file), "--dry")
    before = address(10) in town.watch.register.sensors
    taken = await _says(town, "sensors", "import", str(file))

    assert (dry.exit_code, before) == (0, False)
    assert dry.stdout == "1 rows: 1 sensors would be new, 0 would be changed, 0 as they were; 1 would be hung up.\n"
    assert taken.stdout == "1 rows: 1 sensors new, 0 changed, 0 as they were; 1 hung up.\n"
    assert town.watch.register.mounted["b1-1-102-smoke"].address == address(10)


async def test_every_bad_row_of_a_list_is_told_and_no_key(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "sensors.csv"
    file.write_text(f"{HEAD}{ROW}{ROW}A4C1,{key(11).hex()},shelly,,\n", encoding="utf-8")

    result = await _says(town, "sensors", "import", str(file))

    assert result.exit_code == WRONG
    assert [line.partition(":")[0] for line in result.stderr.splitlines()[1:]] == ["row 3", "row 3", "row 4", "row 4"]
    assert key(10).hex() not in result.output
    assert key(11).hex() not in result.output


async def test_the_stock_is_listed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = await _says(town, "sensors", "list")
    monkeypatch.setattr(sensors, "PAGE", "1")
    some = await _says(town, "sensors", "list", "gridpost-smoke")

    assert everything.stdout.splitlines()[0] == f"{address(4)}\tgridpost-smoke\tS-0004"
    assert (len(everything.stdout.splitlines()), everything.stderr) == (3, "")
    assert (len(some.stdout.splitlines()), some.stderr) == (1, "... and 1 more: say which.\n")


async def test_detectors_are_listed_page_by_page(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensors, "PAGE", "2")
    town.road.hear("b1-1-101-smoke", safety("smoke", problem=True))
    town.road.hear("b1-1-101-smoke", condition(battery=31.4), CONDITION)

    everything = await _says(town, "detectors", "list", who="viewer")
    free = await _says(town, "detectors", "list", "102", "--building", "b1", "--state", "unmounted", who="viewer")

    first, second, *_, last = everything.stdout.splitlines()
    assert first == "b1-1-101-smoke\t1号楼 1 101 烟感\theard, fault\tgridpost-smoke 0001\t31 %\t-71 dBm\t1号楼 弱电间"
    assert second == "b1-1-101-gas\t1号楼 1 101 燃气\theard\tgridpost-gas 0002\t\t\t"
    assert last.startswith("b2-1-101-smoke\t")
    assert free.stdout == "b1-1-102-smoke\t1号楼 1 102 烟感\tunmounted\nb1-1-102-gas\t1号楼 1 102 燃气\tunmounted\n"


async def test_what_is_refused_is_told_as_a_sentence(town: Town) -> None:
    result = await _says(town, "sensors", "list", who="staff")

    assert (result.exit_code, result.stderr) == (WRONG, "the role staff may not do this\n")
