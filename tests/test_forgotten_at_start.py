"""A gateway that was killed while it forgot somebody: it goes on with that before it reads anything of him."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from gateway.assembly import assembled
from gateway.config.load import load
from gateway.decide.privacy.forgetting import nobodys
from gateway.parts import Gateway
from tests.keep.facts import NOW
from tests.keep.forgotten import HERS, HIS, ledger_of, live, naming

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CONFIG = "compound: {id: c1, name: 小区}\nbuildings: [{id: b1, name: 1号楼, units: 1, floors: 3, flats_per_floor: 2}]\n"


async def test_what_a_kill_left_half_forgotten_is_forgotten_before_the_house_stands(tmp_path: Path) -> None:
    data, config = tmp_path / "data", tmp_path / "compound.yaml"
    config.write_text(CONFIG, "utf-8")
    mark = await live(data)
    ledger_of(data).begin(mark, NOW.utc, "u1")

    async with assembled(Gateway(load(config, data), data, {})) as parts:
        permits = dict(parts.judge.permits.permits)

    assert permits == {"p1": nobodys(HIS), "p2": HERS}
    assert naming(data) == []
    assert [(each.mark, each.complete) for each in ledger_of(data).read()] == [(mark, True)]


async def test_a_disk_that_fails_as_the_house_stands_up_keeps_it_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    config = tmp_path / "compound.yaml"
    config.write_text(CONFIG, "utf-8")
    monkeypatch.setattr("gateway.assembly.begin_chain", full)

    async with assembled(Gateway(load(config, tmp_path / "data"), tmp_path / "data", {})) as parts:
        recorded = parts.journal.recorded

    assert recorded


async def test_a_journal_that_cannot_be_read_now_keeps_the_house_from_nothing(tmp_path: Path) -> None:
    data, config = tmp_path / "data", tmp_path / "compound.yaml"
    config.write_text(CONFIG, "utf-8")
    mark = await live(data)
    ledger_of(data).begin(mark, NOW.utc, "u1")
    (data / "journal.db").write_bytes(b"torn" * 4096)

    async with assembled(Gateway(load(config, data), data, {})) as parts:
        recorded = parts.journal.recorded

    assert recorded
    assert [each.complete for each in ledger_of(data).read()] == [False]
