"""A damaged row of what is remembered is left out and named; the judgement starts with all the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.decide.alarm_json import alarm_to_json
from gateway.decide.judge import Judge
from gateway.decide.memory import with_sound_memory
from gateway.decide.rules import FACTS, Rule, Rules
from gateway.model import Alarm, Now, Place, Priority

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = Now("boot", 1_000_000_000, 1_790_000_000.0, True)
RULES = Rules({name: Rule(name, Priority.P3) for name in FACTS})


def remembered(number: int) -> dict[str, Any]:
    body = alarm_to_json(
        Alarm(
            number,
            f"smoke@d{number}/smoke",
            "smoke",
            f"d{number}/smoke",
            f"d{number}",
            Priority.P1,
            Place("b1"),
            True,
            False,
            True,
        )
    )
    return {f"alarm:smoke@d{number}/smoke": body}


def judge(memory: Mapping[str, Any]) -> Judge:
    return Judge(RULES, memory, NOW)


@pytest.mark.parametrize("damage", [{"lat_hed": True}, {"priority": 9}, {"place": {"buildinf": "b1"}}])
def test_a_damaged_row_is_left_out_and_named_and_the_others_stand(damage: dict[str, Any]) -> None:
    memory = {**remembered(1), **remembered(2), **remembered(3), "on:smoke@d4/smoke": ["torn"], "alarm_number": 4}
    memory["alarm:smoke@d2/smoke"] = {**memory["alarm:smoke@d2/smoke"], **damage}

    found, left_out = with_sound_memory(judge, memory)

    assert sorted(left_out) == ["alarm:smoke@d2/smoke", "on:smoke@d4/smoke"]
    assert [alarm.number for alarm in found.alarms] == [1, 3]


def test_what_is_no_fault_of_the_memory_is_raised() -> None:
    def broken(_memory: Mapping[str, Any]) -> Judge:
        raise TypeError("a bug")

    with pytest.raises(TypeError, match="a bug"):
        with_sound_memory(broken, remembered(1))
