"""Parcel lockers: what needs somebody stands first; one is open when its lock says so; all take two persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.mock_lockers import parcel_day

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.page.conftest import Browsing
    from tests.page.mock_server import MockGateway


def at(browsing: Browsing, gateway: MockGateway, place: str) -> Page:
    page = browsing.open(gateway.link)
    expect(page.locator(".tile").first).to_be_visible()
    page.goto(f"{gateway.url}{place}")
    return page


def open_07(page: Page) -> None:
    page.locator('[data-part="c07"]').click()
    page.get_by_role("button", name="远程开柜").click()
    page.get_by_role("dialog").get_by_role("button", name="取件码失效").click()
    page.get_by_role("dialog").get_by_role("button", name="远程开柜").click()


def test_the_worst_locker_stands_first_and_the_overview_counts_what_waits(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = at(browsing, gateway, "#/")
    expect(page.locator(".facts")).not_to_contain_text("快递柜")
    gateway.happen(parcel_day)

    expect(page.locator(".facts")).to_contain_text("快递柜1 被强行打开2 超时未取")
    page.locator(".facts").get_by_role("link", name="快递柜").click()
    expect(page.locator("[data-locker]").first).to_have_attribute("data-locker", "locker3")
    expect(page.locator('[data-locker="locker9"]')).to_contain_text("离线:没有应答")

    page.get_by_role("link", name="超时未取 2").click()
    expect(page.locator(".door-row").first).to_contain_text("3号楼 快递柜 09格已放 50 小时")
    page.locator(".door-row a").first.click()
    expect(page.locator(".compartment-said")).to_contain_text("09格小格超时未取")


def test_a_compartment_reads_as_open_only_when_its_lock_confirmed_it(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/lockers/locker3")
    gateway.hold_answers(hold=True)

    open_07(page)

    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("开启 3号楼 快递柜 07格?")
    expect(dialog).to_contain_text("指令已发送,等待柜门回应…")
    expect(dialog).not_to_contain_text("已开启")
    gateway.hold_answers(hold=False)
    expect(dialog).to_contain_text("已开启(柜门已确认)")
    assert gateway.compound.lockers.sent[0][1:] == (
        "lockers/locker3/compartments/c07/open",
        {"reason": "取件码失效", "request": gateway.compound.lockers.sent[0][2]["request"]},
    )

    dialog.get_by_role("button", name="知道了").click()
    gateway.compound.lockers.ended = {"id": 2, "outcome": "unknown", "why": ""}
    open_07(page)
    expect(dialog).to_contain_text("柜门未响应,状态未知")


def test_a_forced_compartment_is_reset_with_a_note(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(parcel_day)
    page = at(browsing, gateway, "#/lockers/locker3/c07")
    expect(page.locator(".compartment-said")).to_contain_text("被强行打开 · 门开着 · 里面有东西")

    page.get_by_role("button", name="复位", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("现场情况").fill("锁舌弯了,包裹在物业")
    dialog.get_by_role("button", name="复位").click()

    expect(page.locator(".compartment-said")).to_contain_text("07格小格空")
    assert gateway.compound.lockers.sent == [
        ("POST", "lockers/locker3/compartments/c07/reset", {"note": "锁舌弯了,包裹在物业"})
    ]


def test_opening_all_waits_for_another_person(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/lockers/locker6")

    page.get_by_role("button", name="申请全部开柜").click()
    page.get_by_role("dialog").get_by_role("button", name="停电取件").click()
    page.get_by_role("dialog").get_by_role("button", name="申请全部开柜").click()

    expect(page.locator(".open-all-pending")).to_contain_text("是您申请的,请另一个人同意。")
    expect(page.get_by_role("button", name="同意全部开柜")).to_have_count(0)

    gateway.happen(lambda compound: compound.lockers.cabinets["locker6"]["open_all"].update(by="李四", yours=False))
    page.get_by_role("button", name="同意全部开柜").click()

    expect(page.locator(".open-all-pending")).to_have_count(0)
    assert gateway.compound.lockers.sent[-1][1] == "lockers/locker6/open-all/confirm"
