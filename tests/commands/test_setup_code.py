from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gateway.actor import Role
from gateway.collect.clock import Clock
from gateway.commands import WRONG
from gateway.commands.setup_code import print_code
from gateway.commands.tls import make
from gateway.keep.accounts.setup_code import is_setup_code, is_waiting
from gateway.keep.accounts.users import add_user, open_users

if TYPE_CHECKING:
    from pathlib import Path


def test_the_code_alone_is_on_standard_output_for_whoever_prints_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert print_code(tmp_path / "data", "https://box.local:8443/") == 0

    said = capsys.readouterr()
    assert is_setup_code(tmp_path / "data", said.out)
    assert len(said.out.split()) == 8
    assert "https://box.local:8443/#/setup" in said.err


def test_where_somebody_administers_the_house_there_is_no_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(open_users(tmp_path / "data")) as connection:
        add_user(connection, "王芳", Role.ADMINISTRATOR, (), Clock()(), "test")

    assert print_code(tmp_path / "data", "") == WRONG

    said = capsys.readouterr()
    assert said.out == ""
    assert "an administrator already" in said.err
    assert not is_waiting(tmp_path / "data")


def test_a_box_with_its_certificate_is_found_over_https(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make(tmp_path / "data", (), ("127.0.0.1",)) == 0
    fingerprint = capsys.readouterr().out.split()[-1]

    assert print_code(tmp_path / "data", "") == 0

    assert len(fingerprint) == 95
    assert "https://" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["not a name", "*.local"])
def test_a_name_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert make(tmp_path / "data", (name,), ()) == WRONG

    assert "is not a host name" in capsys.readouterr().err
