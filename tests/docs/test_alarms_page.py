"""docs/alarms.md and the rules that are shipped say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.config.alarm_rules import shipped
from gateway.decide.rules import FACTS

PAGE = (Path(__file__).parents[2] / "docs" / "alarms.md").read_text("utf-8")


def rows() -> dict[str, str]:
    """The rules that stand in tables, each with what stands in the column of priorities."""
    found: dict[str, str] = {}
    for names, priority in re.findall(r"^\| (`[^|]*`) \| (\d[^|]*?) \|", PAGE, re.MULTILINE):
        found |= dict.fromkeys(re.findall(r"`(\w+)`", names), priority)
    return found


@pytest.mark.parametrize("fact", FACTS)
def test_what_the_gateway_finds_out_itself_stands_on_the_page_with_its_priority(fact: str) -> None:
    rule = shipped()[fact]

    latching = ", latching" if rule.get("latching") else ""
    assert rows()[fact] == f"{rule['priority']}{latching}"


def test_the_page_speaks_of_no_rule_that_is_not_shipped() -> None:
    assert rows().keys() <= shipped().keys()
