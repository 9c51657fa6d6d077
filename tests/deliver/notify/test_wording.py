"""What people read: place, what, doors that are not open, what to do; short enough, and without a name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboards.texts import LANGUAGES, catalogue
from gateway.config.alarm_rules import shipped
from gateway.deliver.channels.contract import Kind, Limits, Message
from gateway.deliver.notify.queues import Form, Parcel
from gateway.deliver.notify.reasons import reason
from gateway.deliver.notify.wording import Wording
from gateway.duty import Reach
from gateway.model import Place, Priority
from gateway.notice import Notice
from tests.deliver.notify.station import Recording, RecordingConfig

BUILDINGS = {"b3": "3号楼"}
KITCHEN = Place("b3", "1", "501室 厨房", "g1")

SAID = Notice(7, "group", "zhang", "raised", Priority.P1, "alarm:12", KITCHEN, 0.0, rule="gas")


def where(place: Place) -> str:
    return " ".join(filter(None, (BUILDINGS.get(place.building, ""), place.name)))


def message(
    *notices: Notice,
    language: str = "zh-CN",
    most: int = 2048,
    form: Form = Form.ONE,
    link: str = "",
    hears: bool = True,
) -> Message:
    channel = Recording(RecordingConfig(id="group", group=True, longest_bytes=most, hears=hears))
    wording = Wording(language, "幸福里", where)
    made = wording.message(
        Parcel(form, notices, 0.0),
        channel,
        lambda whom: (Reach("group", f"+86 {whom}"),),
        lambda _number, _person: link,
    )
    assert made is not None
    assert len(made.text.encode()) <= most
    return made


def lines(*notices: Notice, **named: object) -> list[str]:
    return message(*notices, **named).text.split("\n")  # type: ignore[arg-type] # passed on as they are


def test_a_p1_says_place_and_what_then_what_to_do_then_how_to_answer() -> None:
    assert lines(SAID) == [
        "【紧急】幸福里 3号楼 1单元 501室 厨房 燃气泄漏报警",
        "勿按门铃、勿开关电器、勿在楼内打电话。敲门疏散,到楼外联系燃气公司。",
        "回复 收到 12",
    ]


def test_where_nobody_hears_an_answer_none_is_asked_for() -> None:
    made = message(SAID, hears=False)

    assert "回复" not in made.text
    assert (made.answers, made.alarm) == (False, 12)


def test_doors_that_are_not_open_are_the_first_line() -> None:
    said = lines(replace(SAID, rule="fire_confirmed", first="2单元门禁 大门 (离线)"))

    assert said[0] == "以下门没有打开:2单元门禁 大门 (离线)"
    assert said[1].startswith("【紧急】幸福里 3号楼")
    assert "勿乘电梯" in said[2]


def test_the_alarm_about_those_doors_says_them_first_too() -> None:
    said = lines(replace(SAID, rule="fire_doors_shut", why="2单元门禁 大门 (未放行)", place=Place("b3", grid="g1")))

    assert said[:2] == ["以下门没有打开:2单元门禁 大门 (未放行)", "【紧急】幸福里 3号楼 火警中有疏散门没有打开"]


def test_marks_stand_before_everything() -> None:
    marked = replace(SAID, trial=True, test=True, simulated=True, facts={"unrecorded": True}, first="大门")

    assert message(marked).text.startswith("【试运行】【测试】【模拟】【未留存】以下门没有打开:大门\n【紧急】")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("gas", ["勿按门铃", "勿开关电器", "勿在楼内打电话"]),
        ("gas_high", ["勿按门铃", "勿开关电器", "勿在楼内打电话"]),
        ("co", ["开窗离开"]),
        ("co_dose", ["开窗离开"]),
        ("charging_smoke", ["疏散", "勿乘电梯", "勿靠近"]),
        ("charging_not_stopped", ["拉闸", "疏散", "勿乘电梯", "勿靠近"]),
        ("fire_confirmed", ["119", "疏散", "勿乘电梯"]),
        ("fire_input", ["疏散", "勿乘电梯"]),
    ],
)
def test_what_to_do_is_what_saves_lives(rule: str, words: list[str]) -> None:
    said = message(replace(SAID, rule=rule)).text

    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_p1_and_p2_says_what_to_do(language: str) -> None:
    urgent = [name for name, rule in shipped().items() if min(rule["priority"], rule.get("priority_common", 4)) <= 2]

    assert [name for name in urgent if f"advice.{name}" not in catalogue(language)] == []


def test_the_unit_is_said_once() -> None:
    said = replace(SAID, place=Place("b3", "1", "1单元门禁", "g1"))

    assert "3号楼 1单元门禁 燃气" in message(said).text


def test_a_step_says_for_how_long_nobody_answered() -> None:
    later = replace(SAID, kind="escalated", step=1, facts={"after_seconds": 60})

    assert lines(later)[0] == "【紧急】幸福里 3号楼 1单元 501室 厨房 燃气泄漏报警,已 60 秒无人响应"
    assert "已 8 分钟无人响应" in message(replace(later, facts={"after_seconds": 480})).text


@pytest.mark.parametrize(("rule", "said"), [("gas", "探测器读数已恢复,现场未核实"), ("door_forced", "已恢复")])
def test_what_passed_by_itself_is_no_call_and_a_danger_that_did_is_not_verified(rule: str, said: str) -> None:
    made = message(replace(SAID, kind="cleared", priority=Priority.P3, rule=rule))

    assert made.text.endswith(f":{said}")
    assert (made.answers, made.alarm) == (False, None)


def test_a_reason_is_said_in_the_language_of_people() -> None:
    assert (
        "一氧化碳 52 ppm,已到时限"
        in message(replace(SAID, rule="co_dose", why="52 ppm of CO, for as long as it takes")).text
    )
    assert reason("zh-CN", "device_lost", "does not answer") == "没有应答"
    assert reason("zh-CN", "device_lost", "some words of a driver") == ""


def test_nobody_is_named() -> None:
    by_hand = "charging_stopped by 王芳: smells burnt"

    assert "王芳" not in message(replace(SAID, rule="charging_stopped", why=by_hand)).text
    assert reason("en", "charging_stopped", by_hand) == ""


def test_a_power_cut_begins_with_the_doors_that_fell_open() -> None:
    said = lines(replace(SAID, rule="power_cut", priority=Priority.P2, why="失电敞开的门:单元大门。3号楼停电"))

    assert said[0] == "失电敞开的门:单元大门。3号楼停电"


def test_a_short_message_keeps_place_and_what_to_do_and_cuts_the_list_of_doors() -> None:
    many = "、".join(f"{number}单元门禁 大门 (离线)" for number in range(1, 40))

    said = message(replace(SAID, first=many), most=500).text

    assert "燃气泄漏报警" in said
    assert "勿按门铃" in said
    assert "回复 收到 12" in said
    assert said.split("\n")[0].endswith("…")


def test_a_link_stands_last_and_only_where_one_person_reads_it() -> None:
    alone = message(SAID, link="https://gate.example/a/x")
    both = message(SAID, replace(SAID, number=8, person="li"), link="https://gate.example/a/x")

    assert alone.text.endswith("马上响应:https://gate.example/a/x")
    assert alone.link
    assert "http" not in both.text
    assert [to.person for to in both.to] == ["zhang", "li"]


def test_a_digest_counts_everything_and_says_the_worst_first() -> None:
    notices = [
        replace(SAID, number=number, subject=f"alarm:{number}", rule="door_held", priority=Priority.P3)
        for number in range(1, 10)
    ]
    notices.append(replace(SAID, number=10, subject="alarm:10", rule="smoke", priority=Priority.P2))

    first, *others = lines(*notices, form=Form.DIGEST)

    assert first == "10 条提醒合并:"
    assert others[0].startswith("烟雾报警 1 处(3号楼 1单元 501室 厨房#10)")
    assert others[1].startswith("门开着太久 9 处")
    assert "等 9 处" in others[1]


def test_the_summary_after_an_outage_counts_also_what_was_too_much_to_hold() -> None:
    channel = Recording(RecordingConfig(id="group", group=True))
    parcel = Parcel(Form.RESTORED, (replace(SAID, priority=Priority.P3),), 0.0, uncounted=40)

    made = Wording("zh-CN", "幸福里", where).message(parcel, channel, lambda _: (Reach("group", "1"),), lambda *_: "")

    assert made is not None
    assert made.text.startswith("通道已恢复。中断期间 41 条")


@pytest.mark.parametrize(
    ("kind", "facts", "said"),
    [
        ("incident", {"number": 17, "what": "assigned"}, "3号楼 大门 事件 17:已分派给您,请到场"),
        ("incident", {"number": 17, "what": "something new"}, "3号楼 大门 事件 17:有新进展,请查看"),
        ("incident_late", {"number": 17, "stage": "arrive", "percent": 80}, "3号楼 大门 事件 17:到场已用去时限的 80%"),
        ("incident_late", {"number": 17, "stage": "department", "percent": 100}, "3号楼 大门 事件 17:部门应答已超时"),
        ("whistle", {"number": 17}, "吹哨:3号楼 大门 事件 17,请到场协助并尽快应答"),
        ("test", {}, "3号楼 大门 值班联络测试,不是告警"),
        ("digest", {"count": 2, "rules": {"battery_low": 2}}, "3号楼 大门 本周待处理提示 2 条:备用电池电量低 2"),
        ("never heard of", {}, "3号楼 大门 because"),
    ],
)  # fmt: skip
def test_what_is_no_alarm_has_its_sentence(kind: str, facts: dict[str, object], said: str) -> None:
    place = replace(KITCHEN, unit="", name="大门")
    notice = replace(SAID, kind=kind, rule="", subject="incident:17", priority=Priority.P3, why="because", facts=facts)

    assert message(replace(notice, place=place)).text == said


@pytest.mark.parametrize("kind", ["hand_over", "hand_over_late", "duty_kept", "nobody", "proof"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_about_duty_is_there(kind: str, language: str) -> None:
    notice = replace(SAID, kind=kind, rule="", subject="duty:g1", place=Place(name="第一网格", grid="g1"))

    assert "第一网格" in message(notice, language=language).text


def test_in_english_too() -> None:
    assert lines(SAID, language="en") == [
        "【Critical】幸福里 3号楼 Unit 1 501室 厨房: Gas leak",
        "No doorbell, no switches, no phone inside. Knock and get people out; call the gas company from outside.",
        "Reply: 收到 12",
    ]


def test_the_title_is_a_few_words() -> None:
    made = message(SAID)

    assert made.title.startswith("【紧急】幸福里")
    assert len(made.title.encode()) <= 60
    assert made.priority is Priority.P1


def test_who_has_no_such_way_any_more_gets_nothing() -> None:
    channel = Recording(RecordingConfig(id="group"))

    made = Wording("zh-CN", "幸福里", where).message(
        Parcel(Form.ONE, (SAID,), 0.0), channel, lambda _: (), lambda *_: ""
    )

    assert made is None
    assert channel.kind is Kind.CHAT
    assert isinstance(channel.limits, Limits)
