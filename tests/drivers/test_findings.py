from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from drivers.findings import Finding, explain, read_yaml

if TYPE_CHECKING:
    from pathlib import Path


class Wheel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    inches: int


class Cart(BaseModel):
    model_config = ConfigDict(extra="forbid")

    colour: str
    wheels: tuple[Wheel, ...] = ()
    spares: dict[str, Wheel] | None = None


def findings(path: Path, text: str) -> tuple[Finding, ...]:
    path.write_text(text, encoding="utf-8")
    written = read_yaml(path)
    if written.findings:
        return written.findings
    with pytest.raises(ValidationError) as raised:
        Cart.model_validate(written.data)
    return explain(raised.value, Cart, written)


def test_every_complaint_points_at_the_line_that_caused_it(tmp_path: Path) -> None:
    path = tmp_path / "cart.yaml"

    found = findings(path, "colour: red\nwheels:\n  - inches: 20\n  - inches: round\n\nspares:\n  left: {inches: []}\n")

    assert [(finding.line, finding.key) for finding in found] == [(4, "wheels[1].inches"), (7, "spares.left.inches")]
    assert "found 'round'" in found[0].what
    assert str(found[0]).startswith(f"{path}:4: wheels[1].inches: Input should be a valid integer")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("colour: red\nwheels:\n  - inches: 20\n    inchs: 3\n", 4, "did you mean 'inches'? known here: inches"),
        (
            "colour: red\nspares:\n  left:\n    inches: 1\n    inchs: 3\n",
            5,
            "did you mean 'inches'? known here: inches",
        ),
        ("colour: red\nbell: loud\n", 2, "is not a known key; known here: colour, spares, wheels"),
    ],
)
def test_an_unknown_key_is_told_what_it_may_have_been(tmp_path: Path, text: str, line: int, what: str) -> None:
    (found,) = findings(tmp_path / "cart.yaml", text)

    assert found.line == line
    assert what in found.what


def test_a_missing_key_is_reported_where_it_is_missing(tmp_path: Path) -> None:
    found = findings(tmp_path / "cart.yaml", "wheels:\n  - inches: 1\n  - {}\n")

    assert [(one.line, one.key, one.what) for one in found] == [
        (1, "", "the key 'colour' is missing"),
        (3, "wheels[1]", "the key 'inches' is missing"),
    ]


def test_a_key_that_is_written_twice_is_refused(tmp_path: Path) -> None:
    (found,) = findings(tmp_path / "cart.yaml", "colour: red\nwheels: []\ncolour: blue\n")

    assert (found.line, found.key, found.what) == (3, "colour", "is written twice")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("colour: [red\nwheels: 3\n", 2, "is not YAML"),
        ("colour: !!python/object:os.system {}\n", 1, "is not YAML"),
        ("colour: \x01\n", 1, "is not YAML"),
        ("colour: 2026-13-45\n", 1, "is not YAML: month must be in 1..12"),
        ("? [a, b]\n: c\n", 1, "is not YAML"),
        ("# only a remark\n", 1, "is empty"),
    ],
)
def test_what_is_not_yaml_is_a_finding_and_never_a_crash(tmp_path: Path, text: str, line: int, what: str) -> None:
    (found,) = findings(tmp_path / "cart.yaml", text)

    assert found.line == line
    assert found.what.startswith(what)


def test_a_file_that_cannot_be_opened_is_a_finding(tmp_path: Path) -> None:
    (found,) = read_yaml(tmp_path / "none.yaml").findings

    assert str(found) == f"{tmp_path / 'none.yaml'}:1: cannot be read: No such file or directory"
