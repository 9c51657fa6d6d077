from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from drivers.modbus.config import SerialLine
from drivers.modbus.device_list import write_csv
from drivers.modbus.places import Place
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
            Found(Place("192.168.1.50", 502), 3, "ACP-1", "300301", "acp1-2door"),
            Found(Place("Lobby.example", 1502), 1, "Acme P-9", "", ""),
            Found(Place("::1", 502), 1, "", "", ""),
        ],
        path,
    )

    assert ready == 1
    assert rows(path) == [
        ["id", "line", "driver", "host", "port", "unit", "product", "serial", "building", "entrance", "name"],
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
    write_csv([Found(Place(f"{'a' * 80}.example", 1502), 247, "", "1", "acp1-2door")], path)

    name, line, *_ = rows(path)[1]
    assert len(name) <= 40
    assert line.endswith("-example-1502")


def test_a_list_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "found.csv"
    path.write_text("mine")

    with pytest.raises(FileExistsError):
        write_csv([], path)

    assert path.read_text() == "mine"


def test_units_on_a_serial_port_carry_the_port_and_its_speed(tmp_path: Path) -> None:
    path = tmp_path / "found.csv"
    port = Place(serial=SerialLine(path="/dev/serial/by-id/usb-FTDI_FT232R_A1-if00-port0", baud=9600, parity="none"))
    write_csv([Found(port, 3, "ACP-1", "300301", "acp1-2door")], path)

    header, row = rows(path)
    assert dict(zip(header, row, strict=True)) == {
        "id": "usb-ftdi-ft232r-a1-if00-port0-3",
        "line": "usb-ftdi-ft232r-a1-if00-port0",
        "driver": "modbus",
        "serial.path": "/dev/serial/by-id/usb-FTDI_FT232R_A1-if00-port0",
        "serial.baud": "9600",
        "serial.parity": "none",
        "serial.stop_bits": "",
        "unit": "3",
        "product": "acp1-2door",
        "serial": "300301",
        "building": "",
        "entrance": "",
        "name": "",
    }


def test_units_behind_a_serial_device_server_carry_the_framing(tmp_path: Path) -> None:
    path = tmp_path / "found.csv"
    write_csv([Found(Place("10.0.0.9", 4001, "rtu"), 3, "", "1", "acp1-2door")], path)

    header, row = rows(path)
    assert header[:6] == ["id", "line", "driver", "host", "port", "framing"]
    assert row[:6] == ["10-0-0-9-4001-3", "10-0-0-9-4001", "modbus", "10.0.0.9", "4001", "rtu"]


def test_a_search_that_found_nothing_leaves_a_list_with_its_header(tmp_path: Path) -> None:
    path = tmp_path / "found.csv"

    assert write_csv([], path) == 0
    assert rows(path)[0][:5] == ["id", "line", "driver", "host", "port"]
