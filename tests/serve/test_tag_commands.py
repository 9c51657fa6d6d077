"""`gridpost tags` against a served compound."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from typer.testing import CliRunner, Result

from drivers.credential import tag_hash
from gateway.__main__ import app
from gateway.charging import Tag
from gateway.commands import WRONG, tags
from tests.serve.doorkeeping import KEY

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.serve.compound import Town

HEAD = "tag,label,until,blocked,note\n"
CLEAR = "04E51234AB"


async def _says(town: Town, *words: str) -> Result:
    """What a command says to a manager, in a thread: the gateway answers meanwhile."""
    runner = CliRunner(env={"GRIDPOST_TOKEN": town.tokens["manager"]})
    return await asyncio.to_thread(lambda: runner.invoke(app, ["tags", *words, "--url", town.url]))


async def test_a_file_goes_in_dry_and_then_whole(tended: Town, tmp_path: Path) -> None:
    file = tmp_path / "tags.csv"
    file.write_text(f"{HEAD}{CLEAR},A-12,,,\n", encoding="utf-8")

    dry = await _says(tended, "import", str(file), "--dry")
    before = dict(tended.tending.tags)
    taken = await _says(tended, "import", str(file), "--reason", "月初")

    assert (dry.exit_code, before) == (0, {})
    assert dry.stdout == "1 rows: 1 tags would be new, 0 would be changed, 0 as they were.\n"
    assert taken.stdout == "1 rows: 1 tags new, 0 changed, 0 as they were.\n"
    assert list(tended.tending.tags) == [tag_hash(KEY, CLEAR)]


async def test_every_bad_row_is_told_and_no_tag(tended: Town, tmp_path: Path) -> None:
    file = tmp_path / "tags.csv"
    file.write_text(f"{HEAD}{CLEAR},,soon,,\n,,,,x\n", encoding="utf-8")

    result = await _says(tended, "import", str(file))

    assert result.exit_code == WRONG
    assert [line.partition(":")[0] for line in result.stderr.splitlines()[1:]] == ["row 2", "row 3"]
    assert CLEAR not in result.output


async def test_tags_are_listed_page_by_page(tended: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        name = f"{number:016x}"
        tended.tending.tags[name] = Tag(name, f"B-{number}", blocked=number == 2)
    monkeypatch.setattr(tags, "PAGE", "2")

    result = await _says(tended, "list")

    assert result.stdout.splitlines() == [
        "0000000000000000\tB-0\t\t\t",
        "0000000000000001\tB-1\t\t\t",
        "0000000000000002\tB-2\t\tblocked\t",
    ]


async def test_a_tag_is_dropped_and_a_strange_one_is_told(tended: Town) -> None:
    name = "00000000000000aa"
    tended.tending.tags[name] = Tag(name)

    dropped = await _says(tended, "drop", name, "--reason", "搬走")
    strange = await _says(tended, "drop", name, "--reason", "搬走")

    assert (dropped.exit_code, dropped.stdout) == (0, f"{name} may charge no more.\n")
    assert (strange.exit_code, tended.tending.tags) == (WRONG, {})
    assert "there is no tag" in strange.stderr
