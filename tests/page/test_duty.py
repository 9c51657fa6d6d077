"""Who is on duty, the hand-over by name, the test call, rosters, absence; channels and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.mock_answering import weak_house
from tests.page.mock_duty import change_of_shift, somebody

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.page.conftest import Browsing
    from tests.page.mock_server import MockGateway


def at(browsing: Browsing, gateway: MockGateway, place: str) -> Page:
    page = browsing.open(gateway.link)
    expect(page.locator(".tile").first).to_be_visible()
    page.goto(f"{gateway.url}{place}")
    return page


def test_a_late_hand_over_and_a_grid_that_nobody_watches_stand_out(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(change_of_shift)
    page = at(browsing, gateway, "#/duty")

    late, nobody = page.locator('[data-grid="g1"]'), page.locator('[data-grid="g2"]')

    expect(late).to_have_class("door-row p3")
    expect(late).to_contain_text("现在负责:李四 · 白班超过 10 分钟未交接")
    expect(nobody).to_have_class("door-row p2")
    expect(nobody).to_contain_text("无人值班")


def test_the_next_one_takes_over_by_name_with_the_sheet_in_sight(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(change_of_shift)
    page = at(browsing, gateway, "#/duty/g1")
    for said in (
        "3号楼 2单元 501 厨房",
        "停用的探测器 1",
        "5号楼",
        "24 个探测器",
        "地下室门",
        "整条中断,1 台设备",
        "等维修",
    ):
        expect(page.locator("main")).to_contain_text(said)

    page.get_by_role("button", name="张三 接班").click()

    expect(page.get_by_role("button", name="已接班")).to_be_disabled()
    expect(page.locator(".standing-now")).to_contain_text("现在负责:张三")
    page.get_by_label("给下一班的话").fill("电梯在修")
    page.get_by_role("button", name="交班").click()
    expect(page.locator(".hand-note")).to_contain_text("电梯在修")
    assert gateway.compound.duty.sent == [
        ("POST", "duty/g1/take-over", {"person": "zhang"}),
        ("POST", "duty/g1/hand-over", {"note": "电梯在修"}),
    ]


def test_a_test_call_shows_live_what_becomes_of_it(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/duty/g1")

    page.get_by_role("button", name="呼叫值班人").click()
    expect(page.get_by_text("已呼叫,等待结果…")).to_be_visible()
    gateway.compound.duty.messages = [
        {"channel": "voice", "person": somebody("zhang"), "fate": "answered", "why": ""},
        {"channel": "wecom", "person": somebody("zhang"), "fate": "failed", "why": "does not answer"},
    ]

    expect(page.locator(".told-row").nth(0)).to_contain_text("张三 voice已响应")
    expect(page.locator(".told-row").nth(1)).to_contain_text("没有送达:没有应答")


def test_a_roster_is_written_whole(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/roster/g1")
    expect(page.locator(".shift").nth(1)).to_contain_text("夜班 李四每天 20:00–08:00替班 王五")

    page.get_by_role("button", name="修改排班").click()
    page.locator(".shift-fields").nth(1).get_by_label("值班人").select_option("zhao")
    page.get_by_role("button", name="保存").click()

    expect(page.locator(".shift").nth(1)).to_contain_text("夜班 赵六")
    [(_, path, body)] = gateway.compound.duty.sent
    assert path == "duty/g1/shifts"
    assert [(one["from"], one["to"], one["person"]) for one in body["shifts"]] == [
        ("08:00", "20:00", "zhang"),
        ("20:00", "08:00", "zhao"),
    ]


def test_somebody_is_absent_and_back(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/people")
    person = page.locator('[data-person="zhang"]')
    expect(person).to_contain_text("wecom 13****78 · voice 13****78")

    person.get_by_role("button", name="请假").click()
    page.get_by_role("dialog").get_by_role("button", name="请假").click()
    expect(person).to_contain_text("到")
    person.get_by_role("button", name="回来了").click()

    expect(person.get_by_role("button", name="请假")).to_be_visible()
    assert [(method, path) for method, path, _ in gateway.compound.duty.sent] == [
        ("POST", "people/zhang/away"),
        ("DELETE", "people/zhang/away"),
    ]


def test_a_drill_is_recorded(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/drills")

    page.get_by_role("button", name="记一次演练").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("楼栋").select_option("b3")
    dialog.get_by_label("演练内容").fill("夜间疏散")
    dialog.get_by_label("多少人参加").fill("46")
    dialog.get_by_label("用时(分钟)").fill("18")
    dialog.get_by_role("button", name="保存").click()

    expect(page.locator(".drill")).to_contain_text("3号楼 夜间疏散")
    expect(page.locator(".drill")).to_contain_text("46 人参加,18 分钟,张三 记录")


def test_channels_and_effects_are_read_in_words_and_figures_stand_by_grid_and_by_person(
    browsing: Browsing, gateway: MockGateway
) -> None:
    gateway.happen(weak_house)
    page = at(browsing, gateway, "#/channels")

    channels, effects = page.locator(".channel-rows li"), page.locator(".effect")

    expect(channels.nth(0)).to_contain_text("发不出:没有应答 · 群聊等待 3 · 已发 41 · 失败 2 · 余量 0")
    expect(channels.nth(1)).to_contain_text("正常 · 响铃")
    expect(channels.nth(2)).to_contain_text("连续 4 次无应答")
    page.goto(f"{gateway.url}#/effects")
    expect(effects.nth(0)).to_contain_text(
        "消防主机或手报起因:消防联动信号释放本楼疏散门 · 本楼所有车棚断电 · 快递柜停止开柜 · lift1 home"
    )
    expect(effects.nth(2)).to_contain_text("只通知人,不自动动作")
    page.goto(f"{gateway.url}#/figures")
    expect(page.get_by_role("region", name="按网格")).to_contain_text("第一网格310.3120.4 %122000:4104:2075 %")
    expect(page.get_by_role("region", name="每人收到多少")).to_contain_text("张三310.3")
    expect(page.locator("main")).to_contain_text("b7u2/door2 门开着太久")
