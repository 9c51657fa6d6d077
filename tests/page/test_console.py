"""The alarm console: what waits is never overlooked, what one touches never moves, and many are read as few."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.mock_desk import moment
from tests.page.mock_server import force_door

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.page.conftest import Browsing
    from tests.page.mock_compound import MockCompound
    from tests.page.mock_server import MockGateway

LISTEN = """
window.heard = [];
window.OscillatorNode = class extends OscillatorNode {
  constructor(audio, how) { super(audio, how); heard.push(how.frequency); }
};
"""
"""Notes down what is sounded, by frequency."""

HIDING = """
let away = false;
Object.defineProperty(document, 'hidden', { get: () => away });
window.hide = (yes) => { away = yes; document.dispatchEvent(new Event('visibilitychange')); };
"""


def at(browsing: Browsing, gateway: MockGateway, place: str, *, width: int = 390, script: str = "") -> Page:
    page = browsing.open(gateway.link, width=width, script=script)
    expect(page.locator(".tile").first).to_be_visible()
    page.goto(f"{gateway.url}{place}")
    return page


def fire(compound: MockCompound) -> None:
    compound.raise_alarm("fire_input", "b2u1", part="1单元门禁")


def hold_doors(compound: MockCompound, count: int = 1) -> None:
    for number in range(1, count + 1):
        compound.raise_alarm("door_held", f"b{number}u1", part="地下室门")


def together(*acts: Callable[[MockCompound], None]) -> Callable[[MockCompound], None]:
    def happen(compound: MockCompound) -> None:
        for act in acts:
            act(compound)

    return happen


def storm(compound: MockCompound) -> None:
    """A switch fails: nine controllers are lost, and at one building three doors stand open; a fire on top."""
    for number in range(1, 10):
        compound.raise_alarm("device_lost", f"b{number}u1", part="1单元门禁")
    for rule in ("door_held", "door_forced", "battery_low"):
        compound.raise_alarm(rule, "b11u2")
    fire(compound)


# ---------------------------------------------------------------- sound, banner, title


def test_a_critical_alarm_stays_on_every_page_and_sounds_until_it_is_answered(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = at(browsing, gateway, "#/doors", script=LISTEN)
    page.clock.install()
    gateway.happen(fire)
    banner = page.locator(".banner.urgent")
    expect(banner).to_contain_text("1 条紧急告警未响应")
    assert page.evaluate("heard.length") == 0, "a browser is silent until somebody taps"

    banner.get_by_role("button", name="声音未开启,点此开启").click()

    expect(banner.get_by_role("button")).to_have_count(0)
    expect(page.locator(".sound")).to_contain_text("声音已开启")
    page.clock.run_for(6_500)
    assert page.evaluate("heard") == [660, 988, 988, 988]
    page.clock.run_for(6_500)
    assert page.evaluate("heard.length") == 7, "it sounds again"
    gateway.happen(lambda compound: compound.ack(1, "李四"))
    expect(banner).to_have_count(0)
    page.clock.run_for(20_000)
    assert page.evaluate("heard.length") == 7


def test_a_tab_that_sounds_keeps_its_stream_when_hidden_and_flashes_its_title(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = at(browsing, gateway, "#/", script=HIDING + LISTEN)
    page.get_by_role("button", name="声音未开启").click()
    expect(page.locator(".sound")).to_contain_text("声音已开启")
    gateway.wait_for_streams(1)

    page.evaluate("hide(true)")
    gateway.happen(force_door)

    page.wait_for_function("() => document.title.startsWith('● 1 条告警未响应')")
    assert page.evaluate("heard") == [660, 784, 784]
    gateway.wait_for_streams(1)
    page.evaluate("hide(false)")
    page.wait_for_function("() => document.title.startsWith('总览')")


def test_an_alarm_that_a_pause_brought_back_waits_and_sounds_again(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(lambda compound: compound.raise_alarm("door_forced", "b3u1"))
    page = at(browsing, gateway, "#/alarms/unanswered", script=LISTEN)
    page.get_by_role("button", name="声音未开启").click()
    gateway.happen(lambda compound: compound.answering.shelve(1, 30, "等配件", "张三"))
    expect(page.locator(".alarm")).to_have_count(0)
    heard = page.evaluate("heard.length")

    gateway.happen(lambda compound: compound.answering.unshelve(1))

    expect(page.locator(".alarm")).to_contain_text("未响应")
    assert page.evaluate(f"heard.slice({heard})") == [784, 784]


# ---------------------------------------------------------------- answering


def test_whoever_was_second_is_told_who_was_first_and_when(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(hold_doors)
    page = at(browsing, gateway, "#/alarms/unanswered")
    expect(page.locator(".alarm")).to_have_count(1)
    gateway.compound.ack(1, "李四")  # the page has not heard of it yet
    gateway.compound.answering.happen(1, "acked", "李四")

    page.get_by_role("button", name="收到,马上去").click()

    expect(page.locator(".alarm-trouble")).to_contain_text("李四 已在")
    expect(page.locator(".alarm")).to_contain_text("已响应:李四")


def test_what_is_over_but_was_never_answered_stays_listed(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(hold_doors)
    page = at(browsing, gateway, "#/alarms/unanswered")

    gateway.happen(lambda compound: compound.clear(1))

    expect(page.locator(".alarm")).to_contain_text("已恢复 · 未响应")
    page.get_by_role("button", name="收到,马上去").click()
    page.goto(f"{gateway.url}#/alarms/closed")
    expect(page.locator(".alarm")).to_contain_text("已结束")


def test_an_alarm_says_how_much_time_there_is_left(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(hold_doors)
    limit = {"stage": "arrive", "began": moment(minutes=-1), "due": moment(minutes=4), "percent": 20}
    gateway.compound.incidents.open("repair", "b1", 3, alarms=[1], limits=[limit])
    page = at(browsing, gateway, "#/")

    expect(page.locator(".alarm .limit")).to_contain_text("到场时限 剩余 03:5")

    def become_critical(compound: MockCompound) -> None:
        compound.alarms[1]["priority"] = 1
        compound.row += 1
        compound.incidents.known[1]["limits"] = [{**limit, "due": moment(minutes=2)}]

    gateway.happen(become_critical)

    expect(page.locator(".alarm .limit")).to_contain_text(
        "到场时限 剩余 01:5", timeout=3_000
    )  # and not with the next look


def test_several_are_answered_at_once_but_a_critical_one_only_by_itself(
    browsing: Browsing, gateway: MockGateway
) -> None:
    gateway.happen(together(fire, partial(hold_doors, count=4)))
    page = at(browsing, gateway, "#/alarms/unanswered", width=1366)

    page.get_by_role("button", name="多选").click()
    boxes = page.get_by_role("checkbox")
    expect(boxes).to_have_count(4)
    boxes.first.click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator(".bulk")).to_contain_text("已选 3 条")
    page.get_by_role("button", name="收到,马上去(3)").click()

    expect(page.locator(".tabs")).to_contain_text("处理中3")
    page.mouse.move(5, 5)
    expect(page.locator(".alarm")).to_have_count(2)
    assert not gateway.compound.alarms[1]["acked"]


def test_the_list_is_worked_by_keys(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(partial(hold_doors, count=3))
    page = at(browsing, gateway, "#/alarms/unanswered", width=1366)
    expect(page.locator(".alarm")).to_have_count(3)
    numbers = [row.get_attribute("data-number") for row in page.locator(".alarm").all()]

    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("下一条")
    page.keyboard.press("Escape")
    for key in "jjk":
        page.keyboard.press(key)
    page.keyboard.press("a")

    expect(page.locator(f'.alarm[data-number="{numbers[0]}"]')).to_contain_text("已响应:张三")
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.get_by_role("dialog").get_by_role("button", name="五分钟内到").click()
    page.get_by_role("dialog").get_by_role("button", name="收到,马上去").click()
    expect(page.locator(f'.alarm[data-number="{numbers[1]}"]')).to_contain_text("已响应:张三")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("s")
    expect(page.get_by_role("dialog")).to_contain_text("暂停提醒")


# ---------------------------------------------------------------- the order of rows


def test_new_rows_wait_under_a_finger_and_a_pill_over_the_list_says_so(
    browsing: Browsing, gateway: MockGateway
) -> None:
    gateway.happen(hold_doors)
    page = at(browsing, gateway, "#/alarms/unanswered", width=1366)
    page.locator(".alarm").hover()
    before = page.locator(".alarm").bounding_box()

    gateway.happen(together(force_door, fire))

    pill = page.get_by_role("button", name="2 条新告警")
    expect(pill).to_be_visible()
    assert page.locator(".alarm").first.bounding_box() == before
    pill.click()
    expect(page.locator(".alarm").first).to_contain_text("消防联动信号")
    expect(pill).to_have_count(0)


def test_a_pointer_that_was_left_on_the_list_does_not_hold_it_for_ever(
    browsing: Browsing, gateway: MockGateway
) -> None:
    gateway.happen(hold_doors)
    page = at(browsing, gateway, "#/alarms/unanswered", width=1366)
    page.locator(".alarm").hover()
    page.clock.install()
    page.mouse.move(700, 400)
    page.locator(".alarm").hover()
    gateway.happen(fire)
    expect(page.locator(".alarm").first).to_contain_text("门开着太久")

    page.clock.run_for(15_500)

    expect(page.locator(".alarm").first).to_contain_text("消防联动信号")


def test_a_flood_is_read_by_cause_and_by_building_and_what_is_critical_stands_alone(
    browsing: Browsing, gateway: MockGateway
) -> None:
    gateway.happen(storm)

    page = at(browsing, gateway, "#/alarms/unanswered")

    rows = page.locator(".alarm-list > .alarms > li")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("消防联动信号")
    expect(rows.nth(1)).to_contain_text("11号楼")
    expect(rows.nth(1)).to_contain_text("3 条")
    expect(rows.nth(2)).to_contain_text("设备离线")
    rows.nth(2).get_by_role("button").click()
    expect(rows.nth(2).locator(".alarm")).to_have_count(9)


def test_what_is_left_out_of_the_list_stands_in_the_address(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(together(fire, force_door, partial(hold_doors, count=3)))
    page = at(browsing, gateway, "#/alarms/unanswered")
    expect(page.locator(".alarm")).to_have_count(5)

    page.locator(".filter summary").click()
    page.get_by_label("等级").select_option("3")
    expect(page.locator(".alarm")).to_have_count(3)
    page.get_by_label("楼栋").select_option("b2")
    expect(page.locator(".alarm")).to_have_count(1)

    assert page.url.endswith("#/alarms/unanswered?priority=3&building=b2")
    page.reload()
    expect(page.locator(".alarm")).to_have_count(1)
    page.get_by_role("link", name="清除筛选").click()
    expect(page.locator(".alarm")).to_have_count(5)
    page.goto(f"{gateway.url}#/alarms/unanswered?kind=danger")
    expect(page.locator(".alarm")).to_contain_text("消防联动信号")


def test_rows_keep_the_marks_of_their_priority_in_both_lists(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(together(hold_doors, fire))
    page = browsing.open(gateway.link)

    for place, there in {"#/": ".tile", "#/alarms/unanswered": ".tabs"}.items():
        page.goto(f"{gateway.url}{place}")
        expect(page.locator(there).first).to_be_visible()

        expect(page.locator(".alarm.p1 .mark.p1")).to_be_visible()
        expect(page.locator(".alarm").first).to_contain_text("紧急")
