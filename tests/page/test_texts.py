"""One catalogue for the page and the notifications."""

from __future__ import annotations

import ast
import re
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from dashboards.texts import LANGUAGES, catalogue, text
from tests.page.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# fmt: off
RULES = [
    "door_forced", "door_held", "reader_tamper", "enclosure_tamper", "supervision_fault", "lock_fault", "fire_input",
    "door_fire_released", "break_glass", "mains_fail", "battery_low", "flash_error", "clock_invalid", "reader_bus_fault",
    "user_table_bad", "ring_overrun", "supply_low", "temperature_high", "line_lost", "device_lost",
    "device_misconfigured", "stale", "journal_failed", "clock_untrusted", "disk_scarce", "store_damaged",
    "telemetry_dropped", "outlet_failing", "outlet_refused", "backup_overdue", "audit_head_overdue",
    "unknown_unlock", "fire_doors_shut",
    "retired_controller", "events_lost", "permits_behind", "permits_ending", "blocked_card", "smoke", "heat", "hot",
    "temperature_rise", "gas", "gas_high", "gas_rising", "co", "co_dose", "unverified_alarm", "radio_attack", "radio_blind",
    "detector_lost", "detector_tamper", "detector_fault", "battery_level", "battery_overdue", "end_of_life", "signal_weak",
    "compartment_forced", "compartment_ajar", "compartment_jammed", "compartment_fault", "parcel_overdue", "codes_tried",
    "cabinet_flooded", "charging_smoke", "charging_trip", "socket_hot", "residual_high", "welded_relay", "charging_stopped",
    "charging_not_stopped", "charger_fault", "fire_confirmed", "systemic_alarm", "power_cut", "box_on_battery",
    "box_battery_low", "alarm_chattering", "alarm_fleeting", "alarm_flood", "nobody_on_duty", "hand_over_late",
    "channel_failing", "heartbeat_unanswered", "command_retained", "identity_doubted", "messages_lost",
]
# fmt: on

SAID_ELSEWHERE = ("notice.", "answer_link.")
"""What the gateway says where there is no page: in messages, and behind a link of one."""

SIMULATORS = {"not_simulated", "story_refused", "simulator_silent"}
"""The overview shows what the simulator said as it said it."""

NEVER_SHOWN = {"file_unknown", "page_unknown", "view_unknown", "proof_unknown"}
"""What is not there for a browser or a program, and no link of the page leads to."""

LOOKED_UP = (
    "advice.", "why.", "meaning.", "state.", "story.", "door.mode.", "priority.", "part.", "lost.", "refusal.", "event.",
    "gap.", "check.", "day.", "said.", "done.", "heard_badly.", "receiver.", "port.", "hold.", "ended.", "change.", "role.",
    "county.", "incident.step.", "effect.row.", "channels.way.",
)  # fmt: skip
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
    ] == [text("zh-CN", "command.unlock.done"), text("zh-CN", "compartment.opened")]


def test_the_words_before_a_door_is_opened_and_after_stand() -> None:
    assert text("zh-CN", "command.unlock.ask", door="大门") == "确认开启「大门」?"
    assert text("zh-CN", "command.sent") == "已下发,等待门锁确认…"
    assert text("zh-CN", "command.unlock.done") == "已开启(门锁已确认)"
    assert text("zh-CN", "command.unknown") == "结果未知,请到现场查看"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_its_words(language: str) -> None:
    codes = refusals()

    assert {"role", "repeated", "lockdown", "serial_retired", "group_used", "no_card"} <= codes
    assert sorted(code for code in codes if f"refusal.{code}" not in catalogue(language)) == []


def refusals() -> set[str]:
    """The code of every refusal in decide, of every problem with what a form asks for, and of all that may not be there."""
    decide = [*(ROOT / "gateway" / "decide").rglob("*.py")]
    serve = [
        ROOT / "gateway" / "serve" / f"{name}.py"
        for name in ("permits", "permit_files", "acts", "bodies", "sensors", "walks", "photos", "figures")
    ]
    codes = {code for path in decide for node in walk(path) for code in refused(node)}
    codes |= {code for path in serve for node in walk(path) for code in problems(node)} - SIMULATORS
    everywhere = (ROOT / "gateway" / "serve").rglob("*.py")
    return codes | {code for path in everywhere for node in walk(path) for code in missing(node)} - NEVER_SHOWN


def walk(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


def refused(node: ast.AST) -> list[str]:
    """The code in `Refused(act, "code", why)`, and in a pair ("code", "a sentence about it")."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
        return [code for argument in node.args[1:2] for code in word(argument)]
    if isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[1], ast.JoinedStr | ast.Constant):
        said = ast.unparse(node.elts[1])
        return word(node.elts[0]) if " " in said else []
    return []


def problems(node: ast.AST) -> list[str]:
    """The code in `Problem(409, "code", why)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
        return [code for argument in node.args[1:2] for code in word(argument)]
    return []


def missing(node: ast.AST) -> list[str]:
    """The code that `unknown("door", name)` makes."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "unknown":
        return [f"{what}_unknown" for argument in node.args[:1] for what in word(argument)]
    return []


def word(node: ast.expr) -> list[str]:
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def test_no_text_is_left_that_nobody_shows() -> None:
    own = [path for path in (ROOT / "dashboards" / "status" / "src").rglob("*.ts*") if ".generated." not in path.name]
    sources = "".join(path.read_text("utf-8") for path in own)
    made_up = tuple(re.sub(r"\$\{.*", "", template) for template in re.findall(r"t\(`([^`]*\$\{[^`]*)`", sources))

    shown_for_data = (*LOOKED_UP, *SAID_ELSEWHERE, *made_up, *(f"alarm.{rule}" for rule in RULES))

    unused = [key for key in catalogue("en") if f'"{key}"' not in sources and not key.startswith(shown_for_data)]

    assert unused == []


@pytest.mark.parametrize(
    ("language", "key", "given"), [("zh-CN", "no.such", {}), ("fr", "alarm.ack", {}), ("en", "verdict.unknown", {})]
)
def test_what_is_not_in_the_catalogue_is_a_key_error(language: str, key: str, given: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        text(language, key, **given)
