"""One catalogue for the page and the notifications."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from dashboards.texts import LANGUAGES, catalogue, text
from tests.page.conftest import ROOT

# fmt: off
RULES = [
    "door_forced", "door_held", "reader_tamper", "enclosure_tamper", "supervision_fault", "lock_fault", "fire_input",
    "door_fire_released", "break_glass", "mains_fail", "battery_low", "flash_error", "clock_invalid", "reader_bus_fault",
    "user_table_bad", "ring_overrun", "supply_low", "temperature_high", "line_lost", "device_lost",
    "device_misconfigured", "stale", "journal_failed", "clock_untrusted", "disk_scarce", "store_damaged",
    "telemetry_dropped", "outlet_failing", "outlet_refused", "backup_overdue",
]
# fmt: on

LOOKED_UP = ("advice.", "why.", "meaning.", "state.", "story.", "door.mode.", "priority.", "part.", "lost.")
"""Keys that are made up from data; the page falls back where there is none."""


def parameters(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_every_language_has_the_same_keys_with_the_same_parameters() -> None:
    first, *others = (
        {key: parameters(template) for key, template in catalogue(language).items()} for language in LANGUAGES
    )

    assert others == [first] * len(others)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_and_priority_has_its_words(language: str) -> None:
    wanted = [f"alarm.{rule}" for rule in RULES] + [f"priority.{number}" for number in range(1, 5)]

    assert [key for key in wanted if not text(language, key)] == []


def test_the_words_that_were_argued_over_stand() -> None:
    assert [text("zh-CN", f"priority.{number}") for number in range(1, 5)] == ["紧急", "重要", "一般", "提示"]
    assert text("zh-CN", "alarm.ack") == "收到,马上去"
    assert text("zh-CN", "alarm.state.reading_recovered") == "探测器读数已恢复,现场未核实"
    assert text("zh-CN", "verdict.unknown", n="149") == "无告警,但 149 个设备未知"
    assert text("zh-CN", "connection.lost", time="10:42") == "连接中断,以下为 10:42 的数据"
    assert text("zh-CN", "sound.off") == "声音未开启,点此开启"


def test_no_text_says_that_a_fire_was_confirmed_or_a_thing_shut() -> None:
    texts = catalogue("zh-CN").values()

    assert [
        said for said in texts if said == "确认" or "已关闭" in said or "已开启" in said.replace("声音已开启", "")
    ] == []


def test_no_text_is_left_that_nobody_shows() -> None:
    own = [path for path in (ROOT / "dashboards" / "status" / "src").rglob("*.ts*") if ".generated." not in path.name]
    sources = "".join(path.read_text("utf-8") for path in own)
    made_up = tuple(re.sub(r"\$\{.*", "", template) for template in re.findall(r"t\(`([^`]*\$\{[^`]*)`", sources))

    shown_for_data = (*LOOKED_UP, *made_up, *(f"alarm.{rule}" for rule in RULES))

    unused = [key for key in catalogue("en") if f'"{key}"' not in sources and not key.startswith(shown_for_data)]

    assert unused == []


@pytest.mark.parametrize(
    ("language", "key", "given"), [("zh-CN", "no.such", {}), ("fr", "alarm.ack", {}), ("en", "verdict.unknown", {})]
)
def test_what_is_not_in_the_catalogue_is_a_key_error(language: str, key: str, given: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        text(language, key, **given)
