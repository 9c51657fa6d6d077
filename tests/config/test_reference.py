from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.commands.check import check_config, config_schema
from gateway.config.compound import CompoundFile
from gateway.config.reference import configuration_page

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]


def test_the_reference_page_is_what_the_code_says() -> None:
    page = ROOT / "docs/reference/configuration.md"

    assert page.read_text("utf-8") == configuration_page(), "write it again: make reference"


def test_the_example_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_config(ROOT / "compound.example.yaml") == 0

    assert "is right: 幸福里小区, 2 buildings, 9 lines, 13 devices, 152 detectors" in capsys.readouterr().out


def test_what_is_wrong_goes_to_stderr_with_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "compound.yaml"
    wrong.write_text("compound: {id: x}\ngridz: []\n", "utf-8")

    assert check_config(wrong) == 2

    said = capsys.readouterr().err
    assert "compound.yaml:1: compound: the key 'name' is missing" in said
    assert "compound.yaml:2: gridz: is not a known key; did you mean 'grids'?" in said


def test_the_schema_names_every_key_of_the_file_and_of_a_line() -> None:
    schema = config_schema()

    assert set(schema["properties"]) == set(CompoundFile.model_fields)
    line = schema["$defs"]["line_modbus"]
    assert {"host", "port", "tid", "devices"} <= set(line["properties"])
    assert {"unit", "product", "building", "parts"} <= set(schema["$defs"]["ModbusDevice"]["properties"])
