from __future__ import annotations

import pytest

from gateway.actor import Role
from gateway.serve.masking import (
    TABLE,
    Field,
    Sight,
    body_told,
    household_told,
    name_told,
    reach_told,
    sight,
    text_told,
)

_N, _P, _M, _C = Sight.NOTHING, Sight.PSEUDONYM, Sight.MASKED, Sight.CLEAR


@pytest.mark.parametrize(
    ("role", "name", "name_of_his", "household", "reach", "text"),
    [
        (Role.VIEWER, _N, _N, _N, _N, _N),
        (Role.STAFF, _M, _C, _M, _M, _C),
        (Role.MANAGER, _C, _C, _C, _C, _C),
        (Role.INSTALLER, _N, _N, _N, _M, _M),
        (Role.ADMINISTRATOR, _C, _C, _C, _C, _C),
        (Role.AUDITOR, _P, _P, _N, _N, _M),
    ],
)
def test_each_role_is_told_so_much_of_a_person(
    role: Role, name: Sight, name_of_his: Sight, household: Sight, reach: Sight, text: Sight
) -> None:
    told = [sight(role, field) for field in (Field.NAME, Field.HOUSEHOLD, Field.REACH, Field.TEXT)]

    assert told == [name, household, reach, text]
    assert sight(role, Field.NAME, own=True) is name_of_his


def test_every_role_has_a_word_for_every_field() -> None:
    assert {role: set(fields) for role, fields in TABLE.items()} == {role: set(Field) for role in Role}


@pytest.mark.parametrize(
    ("how", "name", "household", "reach", "text"),
    [
        (_C, "张小明", "b3-2-501", "13812345678", "打 13812345678"),
        (_M, "张**", "b3-2-***", "138****5678", "打 138****5678"),
        (_P, None, None, "", ""),
        (_N, None, None, "", ""),
    ],
)
def test_what_is_told_looks_so(how: Sight, name: str | None, household: str | None, reach: str, text: str) -> None:
    assert name_told("张小明", how) == name
    assert household_told("b3-2-501", how) == household
    assert reach_told("13812345678", how) == reach
    assert text_told("打 13812345678", how) == text


@pytest.mark.parametrize(
    ("to", "masked"),
    [("1380", "****"), ("wx_zhang", "wx****ng"), ("0531-5550100", "05****00"), ("13812345678", "138****5678")],
)
def test_a_number_or_account_keeps_its_ends_and_a_short_one_nothing(to: str, masked: str) -> None:
    assert reach_told(to, Sight.MASKED) == masked


def test_a_landline_in_a_text_is_hidden_whole_and_a_flat_is_not() -> None:
    assert text_told("b3-2-501 座机 86715550100", Sight.MASKED) == "b3-2-501 座机 ****"


def test_somebody_without_a_household_is_not_given_one() -> None:
    assert (household_told("", Sight.MASKED), name_told("", Sight.MASKED)) == ("", None)


def test_a_log_row_loses_the_household_and_numbers_for_those_who_are_told_neither() -> None:
    body = {
        "household": "b1-1-501",
        "reason": "打 13812345678",
        "open": [{"note": "1381234567"}],
        "number": 13812345678,
    }

    assert body_told(body, Role.MANAGER) == body
    assert body_told(body, Role.AUDITOR) == {
        "reason": "打 138****5678",
        "open": [{"note": "****"}],
        "number": 13812345678,
    }
