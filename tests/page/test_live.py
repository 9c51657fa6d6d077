"""The page follows the gateway: alarms come, answers are believed only when said, a lost connection mends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.mock_server import force_door

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.page.conftest import Browsing
    from tests.page.mock_compound import MockCompound
    from tests.page.mock_server import MockGateway

NO_WORKER = "delete window.SharedWorker;"


def answer(page: Page) -> None:
    page.get_by_role("button", name="收到,马上去").first.click()


def test_a_forced_door_is_an_alarm_on_the_page_at_once(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)
    expect(page.locator(".verdict-line")).to_have_text("全部正常")

    gateway.happen(force_door)

    expect(page.locator(".verdict-line")).to_have_text("1 条告警未响应")
    expect(page.locator(".alarm")).to_contain_text("3号楼 1单元 单元大门 门被强行打开")
    expect(page.locator('.tile[href="#/building/b3"]')).to_contain_text("重要")


def test_an_answer_is_claimed_only_when_the_gateway_said_so(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(force_door)
    page = browsing.open(gateway.link)
    gateway.hold_answers(hold=True)

    answer(page)

    expect(page.locator(".answer")).to_have_text("发送中…")
    expect(page.locator(".alarm")).to_contain_text("未响应")
    gateway.hold_answers(hold=False)
    expect(page.locator(".alarm")).to_contain_text("已响应:张三")
    expect(page.locator(".answer")).to_have_count(0)


def test_an_answer_that_did_not_arrive_says_so_and_can_be_given_again(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(force_door)
    page = browsing.open(gateway.link)
    expect(page.locator(".answer")).to_be_visible()
    gateway.stop()

    answer(page)

    expect(page.locator(".alarm-trouble")).to_have_text("未送达,请再点一次")
    gateway.start()
    answer(page)
    expect(page.locator(".alarm")).to_contain_text("已响应:张三")


def test_a_lost_connection_says_since_when_and_mends_by_itself(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)
    expect(page.locator(".verdict-line")).to_have_text("全部正常")

    gateway.stop()

    expect(page.locator(".verdict-line")).to_contain_text("连接中断,以下为")
    expect(page.locator(".verdict-line")).not_to_contain_text("全部正常")
    force_door(gateway.compound)
    gateway.start()
    expect(page.locator(".verdict-line")).to_have_text("1 条告警未响应")


def test_all_well_is_said_only_when_every_device_was_heard(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)
    expect(page.locator(".verdict-line")).to_have_text("全部正常")

    gateway.happen(lambda compound: compound.set_link("b9u1", "unknown"))

    expect(page.locator(".verdict.unknown .verdict-line")).to_have_text("无告警,但 1 个设备未知")


def test_nothing_is_well_where_nothing_is_set_up_and_who_may_is_led_there(
    browsing: Browsing, administered: MockGateway
) -> None:
    administered.compound.devices.clear()
    administered.compound.detectors.rows.clear()

    page = browsing.open(administered.link)

    expect(page.locator(".verdict-line")).to_have_text("还没有设备")
    page.locator(".verdict").get_by_role("link", name="首次设置").click()
    expect(page.get_by_role("heading", name="首次设置")).to_be_visible()


def test_a_fire_signal_that_ended_is_never_called_recovered(browsing: Browsing, gateway: MockGateway) -> None:
    def flicker(compound: MockCompound) -> None:
        compound.raise_alarm("fire_input", "b2u1")
        compound.clear(1)

    gateway.happen(flicker)

    page = browsing.open(gateway.link)

    expect(page.locator(".alarm")).to_contain_text("探测器读数已恢复,现场未核实 · 未响应")
    answer(page)
    page.get_by_role("button", name="复位").click()
    page.get_by_role("dialog").get_by_role("button", name="现场已查看,没有险情").click()
    page.get_by_role("dialog").get_by_role("button", name="复位").click()
    expect(page.locator(".alarm")).to_contain_text("已结束")
    expect(page.locator(".answer")).to_have_count(0)
    page.mouse.move(5, 5)
    expect(page.locator(".alarm")).to_have_count(0)


def test_an_alarm_that_people_are_spared_is_listed_by_itself(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(force_door)
    gateway.happen(lambda compound: compound.raise_alarm("device_lost", "b9u1", part="1单元门禁"))
    page = browsing.open(gateway.link)
    expect(page.locator(".alarm")).to_have_count(2)

    gateway.happen(lambda compound: compound.spare(2))

    expect(page.locator(".alarm")).to_have_count(1)
    page.goto(f"{gateway.url}#/alarms/spared")
    expect(page.locator(".alarm")).to_contain_text("按规则不提醒")


def test_a_door_moves_on_its_buildings_page(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)
    page.locator('.tile[href="#/building/b3"]').click()
    door = page.locator('[data-door="b3u1/door1"]')
    expect(door).to_contain_text("关着 · 已锁")

    gateway.happen(lambda compound: compound.set_point("b3u1", "door1.open", True))

    expect(door).to_contain_text("开着 · 已锁")
    expect(page.locator(".door").first).to_have_attribute("data-door", "b3u1/door1")


def test_a_door_that_cannot_be_reached_is_unknown_not_closed(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)
    page.locator('.tile[href="#/building/b3"]').click()
    door = page.locator('[data-door="b3u1/door1"]')
    expect(door.locator(".door-state")).to_have_text("关着 · 已锁")

    gateway.happen(lambda compound: compound.set_link("b3u1", "lost", "no reply"))

    expect(door.locator(".door-state")).to_have_text("未知")
    expect(door).to_contain_text("离线:no reply · 最后所知:关着 · 已锁")


def test_a_points_day_is_a_plot_and_a_table(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)
    expect(page.locator(".tile").first).to_be_visible()

    page.goto(f"{gateway.url}#/device/b3u1/supply")

    expect(page.locator(".plot canvas")).to_be_visible()
    page.get_by_text("以表格查看").click()
    hours = page.locator(".hours tbody tr")
    expect(hours.nth(23)).to_be_visible()
    assert hours.count() in {24, 25}, "a day that does not begin with the hour touches 25"
    expect(page.locator(".hours")).to_contain_text("缺数据")
    page.locator('[data-point="door1.open"] a').click()
    expect(page.locator("#plot-title")).to_have_text("单元大门 门 · 24 小时")


def test_no_row_moves_under_the_finger(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(lambda compound: compound.raise_alarm("door_held", "b7u2"))
    page = browsing.open(gateway.link)
    expect(page.locator(".alarm")).to_have_count(1)
    page.locator(".alarm").hover()

    gateway.happen(force_door)

    expect(page.locator(".alarm")).to_have_count(2)
    expect(page.locator(".alarm").first).to_contain_text("门开着太久")
    page.mouse.move(5, 5)
    expect(page.locator(".alarm").first).to_contain_text("门被强行打开")


def test_without_a_stream_the_page_polls(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open("about:blank", script=NO_WORKER)
    page.route("**/api/v1/stream*", lambda route: route.fulfill(status=503))

    page.goto(gateway.link)

    expect(page.locator('[data-mode="polling"]')).to_be_visible()
    gateway.happen(force_door)
    expect(page.locator(".verdict-line")).to_have_text("1 条告警未响应")


def test_a_hidden_tab_closes_its_stream_and_a_shown_one_opens_it(browsing: Browsing, gateway: MockGateway) -> None:
    hiding = "let away = false; Object.defineProperty(document, 'hidden', { get: () => away });"
    hiding += "window.hide = (yes) => { away = yes; document.dispatchEvent(new Event('visibilitychange')); };"
    page = browsing.open(gateway.link, script=hiding)
    expect(page.locator(".verdict-line")).to_have_text("全部正常")
    gateway.wait_for_streams(1)

    page.evaluate("hide(true)")

    gateway.wait_for_streams(0)
    page.evaluate("hide(false)")
    gateway.wait_for_streams(1)
    gateway.happen(force_door)
    expect(page.locator(".verdict-line")).to_have_text("1 条告警未响应")


def test_a_building_that_is_not_there_does_not_cost_the_rest_its_stream(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = browsing.open(gateway.link)
    expect(page.locator(".verdict-line")).to_have_text("全部正常")

    page.goto(f"{gateway.url}#/building/b99")

    expect(page.get_by_role("heading", name="没有这栋楼")).to_be_visible()
    expect(page.locator('[data-mode="live"]')).to_be_visible()


def test_a_story_is_started_from_the_page(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)

    page.get_by_role("button", name="有人强行开门").click()

    expect(page.locator(".alarm")).to_contain_text("门被强行打开")
    expect(page.locator(".banner.simulated")).to_contain_text("模拟数据")
