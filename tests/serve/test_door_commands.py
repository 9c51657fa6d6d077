"""`gridpost permits` and `gridpost doors` against a served compound."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from gateway.__main__ import app
from gateway.commands import WRONG
from gateway.commands.calling import CallError, gateway_at
from gateway.serve.listen import listen
from tests.serve.compound import now

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serve.compound import Town

FILE = "name,building,entrance,flat,card,groups\n陆逊,b1,2,301,{},north\n"


async def _says(town: Town, *words: str, who: str = "manager") -> Result:
    """What a command says to somebody with a token, in a thread: the gateway answers meanwhile."""
    runner = CliRunner(env={"GRIDPOST_TOKEN": town.tokens[who]})
    return await asyncio.to_thread(lambda: runner.invoke(app, [*words, "--url", town.url]))


async def test_a_file_goes_in_dry_then_whole_and_comes_out_again(town: Town, tmp_path: Path) -> None:
    file, out = tmp_path / "in.csv", tmp_path / "out.csv"
    file.write_text(FILE.format("1001"), encoding="utf-8")

    dry = await _says(town, "permits", "import", str(file), "--dry")
    before = len(town.lodge.permits.permits)
    taken = await _says(town, "permits", "import", str(file), "--reason", "new staff")
    given = await _says(town, "permits", "export", str(out))
    again = await _says(town, "permits", "export", str(out))

    assert (dry.exit_code, before) == (0, 4)
    assert dry.stdout == "1 rows: 1 permits would be new, 0 would be changed, 0 as they were.\n"
    assert taken.stdout == "1 rows: 1 permits new, 0 changed, 0 as they were.\n"
    assert given.exit_code == 0
    assert "陆逊" in out.read_text(encoding="utf-8-sig")
    assert out.stat().st_mode & 0o077 == 0
    assert again.exit_code == WRONG, "a file that is there stays"


async def test_every_bad_row_of_a_file_is_told_and_no_card(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text(FILE.format("10x1") + "甘宁,b1,2,302,1003,nowhere\n", encoding="utf-8")

    result = await _says(town, "permits", "import", str(file))

    assert result.exit_code == WRONG
    assert [line.partition(":")[0] for line in result.stderr.splitlines()[1:]] == ["row 2", "row 3"]
    assert "10x1" not in result.output


async def test_permits_are_listed(town: Town) -> None:
    result = await _says(town, "permits", "list", "李")

    assert result.stdout == "p1\t李梅\tb1-1-501\tcard\tnorth\tvalid\tfor good\n"


async def test_a_household_that_moves_out_is_told_where_its_cards_still_open(town: Town) -> None:
    town.lodge.commits("b1u1", now())

    result = await _says(town, "permits", "revoke-household", "b1-1-501", "--reason", "lease ended")

    assert result.exit_code == 0, result.output
    first, second, *rest = result.stdout.splitlines()
    assert (first, second) == ("2 permits of b1-1-501 are revoked.", "0 of 2 controllers know.")
    assert sorted(line.partition(" is")[0] for line in rest) == ["1号楼 1单元门禁 (b1u1)", "1号楼 2单元门禁 (b1u2)"]


async def test_doors_are_listed_and_a_controller_is_replaced(town: Town) -> None:
    listed = await _says(town, "doors", "list")
    replaced = await _says(town, "doors", "replace", "b1u1", "300777", "--reason", "lightning", who="installer")
    again = await _says(town, "doors", "list")

    assert listed.stdout.splitlines()[0] == "b1u1/door1\t1号楼 1 单元大门\tclosed\tbehind\tnot_commissioned"
    assert replaced.stdout.startswith("b1u1 is now the controller 300777.")
    assert again.stdout.splitlines()[0].endswith("replacing")


async def test_what_is_refused_is_told_as_a_sentence(town: Town) -> None:
    result = await _says(town, "doors", "replace", "b1u1", "300777", "--reason", "lightning", who="staff")

    assert (result.exit_code, result.stderr) == (WRONG, "the role staff may not do this\n")


def test_a_gateway_that_is_not_there_is_named() -> None:
    with listen("127.0.0.1:0") as nobody:
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"

    result = CliRunner(env={"GRIDPOST_TOKEN": "x"}).invoke(app, ["doors", "list", "--url", url])

    assert result.exit_code == WRONG
    assert f"There is no gateway at {url}" in result.stderr


def test_a_token_is_never_sent_in_clear_over_a_network(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("secret\n", encoding="utf-8")

    with pytest.raises(CallError, match="in clear over the network"):
        gateway_at("http://gridpost.example", token, plain_http=False)

    assert gateway_at("http://gridpost.example/", token, plain_http=True).url == "http://gridpost.example"
    for safe in ("https://gridpost.example", "http://[::1]:8080"):
        assert gateway_at(safe, token, plain_http=False).token == token.read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:8080", "http://", "file:///etc/passwd"])
def test_what_is_no_address_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(CallError, match="is no address of a gateway"):
        gateway_at(url, tmp_path, plain_http=False)


def test_without_a_token_the_way_to_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRIDPOST_TOKEN", raising=False)

    with pytest.raises(CallError, match="GRIDPOST_TOKEN"):
        gateway_at("http://127.0.0.1:8080", None, plain_http=False)
