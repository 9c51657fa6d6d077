from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from drivers.modbus.device_list import COLUMNS, write_csv
from drivers.modbus.scan import Found

if TYPE_CHECKING:
    from pathlib import Path


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_list_has_the_columns_of_a_device_list_and_comments_out_what_nobody_knows(tmp_path: Path) -> None:
    path = tmp_path / "found.csv"
    ready = write_csv(
        [
            Found("192.168.1.50", 502, 3, "ACP-1", "300301", "acp1-2door"),
            Found("Lobby.example", 1502, 1, "Acme P-9", "", ""),
            Found("::1", 502, 1, "", "", ""),
        ],
        path,
    )

    assert ready == 1
    assert rows(path) == [
        list(COLUMNS),
        ["192-168-1-50-3", "192-168-1-50", "modbus", "192.168.1.50", "502", "3", "acp1-2door", "300301", "", "", ""],
        [
            "# no profile fits: Acme P-9",
            "lobby-example-1502",
            "modbus",
            "Lobby.example",
            "1502",
            "1",
            "",
            "",
            "",
            "",
            "",
        ],
        ["# no profile fits", "1", "modbus", "::1", "502", "1", "", "", "", "", ""],
    ]


def test_names_stay_within_forty_characters(tmp_path: Path) -> None:
    path = tmp_path / "found.csv"
    write_csv([Found(f"{'a' * 80}.example", 1502, 247, "", "1", "acp1-2door")], path)

    name, line, *_ = rows(path)[1]
    assert len(name) <= 40
    assert line.endswith("-example-1502")


def test_a_list_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "found.csv"
    path.write_text("mine")

    with pytest.raises(FileExistsError):
        write_csv([], path)

    assert path.read_text() == "mine"
