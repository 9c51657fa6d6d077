"""Charging: a stop is one tap and a yes, reads as done only when it is proved, and what is not proved is told everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.mock_charging import hot_evening

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.page.conftest import Browsing
    from tests.page.mock_server import MockGateway

ROOM = "#/charging/shed3"


def at(browsing: Browsing, gateway: MockGateway, place: str) -> Page:
    page = browsing.open(gateway.link)
    expect(page.locator(".tile").first).to_be_visible()
    page.goto(f"{gateway.url}{place}")
    return page


def test_a_room_is_stopped_with_two_taps_and_reads_as_off_only_when_it_is_proved(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = at(browsing, gateway, ROOM)

    page.get_by_role("button", name="整间立即断电").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("立即断电「3号楼 3号车棚」?")
    dialog.get_by_role("button", name="立即断电", exact=True).click()

    expect(dialog).to_contain_text("已下令断电,等待电流归零")
    expect(page.locator("body")).not_to_contain_text("已断电(电流为零)")
    assert gateway.compound.charging.sent == [
        ("POST", "charging/stops", {"reach": "room", "what": "shed3", "reason": "紧急情况"})
    ]

    gateway.happen(lambda compound: compound.charging.prove("stop1"))

    expect(dialog).to_contain_text("已断电(电流为零)")
    expect(page.locator(".banner.urgent")).to_have_count(0)


def test_what_does_not_stop_is_told_on_every_page_with_the_switch_to_pull(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = at(browsing, gateway, "#/doors")
    gateway.happen(lambda compound: compound.charging.stop("room", "shed3", "冒烟"))
    banner = page.locator(".banner.urgent")
    expect(banner).to_contain_text("已下令断电,等待电流归零")
    expect(banner).to_have_class("banner urgent waiting")

    gateway.happen(lambda compound: compound.charging.fail("stop1"))

    expect(banner).to_contain_text("未断电!请到现场拉闸(3号楼 3号车棚 配电箱 A)")
    expect(banner).to_contain_text("接触器没有断开")
    page.goto(f"{gateway.url}#/")
    expect(page.locator(".verdict-line")).to_have_text("1 个充电口未断电!请到现场拉闸")
    expect(page.locator(".verdict")).to_have_class("verdict critical")
    banner.get_by_role("link", name="去看看").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3号楼 3号车棚")
    expect(page.locator(".stop-card")).to_contain_text("仍有 1.4 A")


def test_a_stop_without_an_answer_sends_somebody_there(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, ROOM)
    expect(page.locator(".port").first).to_be_visible()
    page.route("**/charging/stops", lambda route: route.abort())

    page.locator('[data-port="p04"]').get_by_role("button", name="断电:4号口").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="立即断电", exact=True).click()

    expect(dialog).to_contain_text("是否断电未知!请到现场拉闸(3号车棚充电桩 4号口 配电箱 A)")
    page.unroute("**/charging/stops")
    dialog.get_by_role("button", name="再发一次").click()
    expect(dialog).to_contain_text("已下令断电,等待电流归零")
    assert gateway.compound.charging.sent[-1][2]["what"] == "shed3-pile/p04"


def test_a_stop_is_lifted_with_a_note_and_not_while_its_cause_goes_on(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(lambda compound: compound.charging.stop("room", "shed3", "冒烟"))
    page = at(browsing, gateway, ROOM)

    page.locator(".stop-card").get_by_role("button", name="解除断电").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="解除断电").click()
    expect(dialog).to_contain_text("请写明现场情况")
    assert gateway.compound.charging.sent == []
    dialog.get_by_role("button", name="误报").click()
    dialog.get_by_role("button", name="解除断电").click()
    expect(dialog).to_contain_text("情况还在")

    gateway.happen(lambda compound: compound.charging.prove("stop1"))
    dialog.get_by_role("button", name="解除断电").click()

    expect(page.locator(".stop-card")).to_have_count(0)
    assert gateway.compound.charging.sent[-1] == ("POST", "charging/stops/stop1/lift", {"note": "误报"})


def test_rooms_stand_worst_first_and_ports_say_why_they_carry_no_current(
    browsing: Browsing, gateway: MockGateway
) -> None:
    gateway.happen(hot_evening)
    page = at(browsing, gateway, "#/charging")

    expect(page.locator(".stop-card").first).to_have_class("stop-card not_stopped")
    expect(page.locator(".room-row").first).to_have_attribute("data-room", "shed3")
    expect(page.locator(".room-row").first).to_contain_text("未断电!请到现场拉闸")
    expect(page.locator('[data-room="shed7"]')).to_contain_text("已断电(电流为零)")
    expect(page.locator("main")).to_contain_text("CP-7781等待登记")

    page.locator(".room-row a").first.click()
    expect(page.locator('[data-port="p03"]')).to_contain_text("320 W1.4 A76.5 °C漏电 23 mA")
    expect(page.locator('[data-port="p03"]')).to_contain_text("不供电:异常跳闸")
    expect(page.locator('[data-port="p06"]')).to_contain_text("数据陈旧")
    expect(page.locator(".plot canvas")).to_be_visible()
    expect(page.locator(".passages")).to_contain_text("充满自停")


def test_only_who_reaches_all_is_offered_to_stop_all_and_a_viewer_nothing(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = at(browsing, gateway, "#/charging")
    page.get_by_text("整栋或全部断电…").click()

    page.get_by_role("button", name="全部断电", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="立即断电", exact=True).click()

    expect(page.get_by_role("dialog")).to_contain_text("已下令断电")
    assert gateway.compound.charging.sent[-1][2] == {"reach": "all", "what": "", "reason": "紧急情况"}

    gateway.role = "viewer"
    page.goto(f"{gateway.url}{ROOM}")
    page.reload()
    expect(page.locator(".port").first).to_be_visible()
    expect(page.locator("button.stop")).to_have_count(0)


def test_a_tag_is_added_blocked_and_never_shown(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/tags")

    page.get_by_role("button", name="添加充电卡").click()
    page.get_by_label("卡号").fill("04A2B3C4")
    page.get_by_label("名称", exact=True).fill("住户卡 3")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".permit")).to_have_count(3)
    page.locator(".permit", has_text="住户卡 3").get_by_role("button", name="停用").click()
    page.get_by_role("dialog").get_by_role("button", name="卡丢失").click()
    page.get_by_role("dialog").get_by_role("button", name="停用").click()

    expect(page.locator(".permit", has_text="住户卡 3")).to_contain_text("已停用")
    expect(page.locator("body")).not_to_contain_text("04A2B3C4")
    assert gateway.compound.charging.sent[0][2]["tags"][0]["tag"] == "04A2B3C4"
