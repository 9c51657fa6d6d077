"""The page of the stores, the quiet lines of the overview about them, and the export of the past."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import expect

from tests.page.mock_compound import MockCompound
from tests.page.mock_server import EXPORTED, MockGateway, lose_data

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.page.conftest import Browsing

HIDDEN = "Object.defineProperty(document, 'hidden', { get: () => window.asleep === true });"


def go(page: Page, gateway: MockGateway, place: str) -> None:
    expect(page.locator(".tile").first).to_be_visible()
    page.goto(f"{gateway.url}{place}")


def test_a_house_that_keeps_everything_has_no_line_about_it(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)

    expect(page.locator(".verdict-line")).to_have_text("全部正常")

    expect(page.locator(".store-notes")).to_have_count(0)
    assert gateway.stores_asked == 0, "nothing is asked for while nothing is wrong"


def test_the_overview_says_in_a_line_each_what_is_lost_and_how_much(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)
    expect(page.locator(".verdict-line")).to_have_text("全部正常")

    gateway.happen(lose_data)

    notes = page.locator(".store-notes li")
    expect(notes).to_have_count(5)
    expect(notes.nth(0)).to_have_text("磁盘快满了,遥测已停记,告警仍正常")
    for said in (
        "数据已丢弃 13,440 个(超过容量 · 磁盘快满)",
        "「influx」连不上,积压 30,720,000 条",
        "备份太旧,上次 4 天前",
        "数据被对方拒收",
    ):
        expect(page.locator(".store-notes")).to_contain_text(said)
    notes.first.get_by_role("link").click()
    expect(page.locator(".outlet").first).to_be_visible()


def test_a_line_leaves_when_its_cause_is_gone(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(lambda compound: compound.raise_house_alarm("outlet_failing", "influx"))
    page = browsing.open(gateway.link)
    expect(page.locator(".store-notes li")).to_have_count(1)

    gateway.happen(lambda compound: compound.clear(1))

    expect(page.locator(".store-notes")).to_have_count(0)


def test_who_may_not_see_the_stores_is_told_that_something_is_wrong_and_no_more(
    browsing: Browsing, built: object
) -> None:
    assert built
    compound = MockCompound(size=12)
    lose_data(compound)
    with MockGateway(compound, role="viewer") as gateway:
        page = browsing.open(gateway.link)

        expect(page.locator(".store-notes")).to_contain_text("数据送不出去")
        expect(page.locator(".store-notes a")).to_have_count(0)
        expect(page.get_by_role("link", name="数据", exact=True)).to_have_count(0)
        assert gateway.stores_asked == 0


def test_each_destination_shows_its_state_in_words_with_what_waits_for_it(
    browsing: Browsing, gateway: MockGateway
) -> None:
    gateway.happen(lose_data)
    page = browsing.open(gateway.link)

    go(page, gateway, "#/data")

    influx = page.locator('[data-outlet="influx"]')
    expect(influx.locator(".outlet-state")).to_have_text("连不上")
    expect(influx).to_contain_text("http://10.0.0.9:8086: connection refused")
    expect(influx).to_contain_text("30,720,000 个值")
    expect(influx).to_contain_text("最早 1 天前")
    expect(influx).to_contain_text("12,600 个值")
    expect(page.locator('[data-outlet="city"] .outlet-state')).to_have_text("被拒绝")
    for said in ("剩余 148 MB", "最多 512 MB、7 天", "保留 30 天", "上次 4 天前", "/mnt/stick is not there"):
        expect(page.locator(".data")).to_contain_text(said)
    assert page.title().startswith("数据 ·")


def test_the_page_follows_while_it_is_looked_at_and_rests_while_it_is_not(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = browsing.open(gateway.link, script=HIDDEN)
    page.clock.install()
    go(page, gateway, "#/data")
    influx = page.locator('[data-outlet="influx"]')
    expect(influx).to_contain_text("正常")

    gateway.happen(lambda compound: compound.stores.go_bad())
    page.clock.run_for(5_000)
    expect(influx).to_contain_text("连不上")
    page.evaluate("window.asleep = true")
    asked = gateway.stores_asked
    page.clock.run_for(60_000)

    assert gateway.stores_asked == asked


def test_a_page_that_cannot_ask_says_so_and_keeps_what_it_knew(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)
    page.clock.install()
    go(page, gateway, "#/data")
    expect(page.locator(".outlet")).to_have_count(2)

    gateway.stop()
    page.clock.run_for(5_000)

    expect(page.locator(".data > .empty")).to_contain_text("数据情况取不到")
    expect(page.locator(".outlet")).to_have_count(2)
    gateway.start()
    page.clock.run_for(5_000)
    expect(page.locator(".data > .empty")).to_have_count(0)


@pytest.mark.parametrize(("role", "shown"), [("staff", 0), ("manager", 0), ("installer", 2), ("auditor", 2)])
def test_refused_lines_are_shown_to_those_who_may_see_them(
    browsing: Browsing, built: object, role: str, shown: int
) -> None:
    assert built
    compound = MockCompound(size=12)
    compound.stores.go_bad()
    with MockGateway(compound, role=role) as gateway:
        page = browsing.open(gateway.link)
        go(page, gateway, "#/data")

        expect(page.locator(".outlet").first).to_be_visible()
        expect(page.locator(".refused-lines li")).to_have_count(shown)
        if shown:
            expect(page.locator(".refused-lines")).to_contain_text("field type conflict")


def test_a_points_past_is_saved_under_the_gateways_name_for_it(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)
    go(page, gateway, "#/device/b3u1/supply")
    panel = page.locator(".plot-panel .export")
    panel.get_by_role("combobox").select_option("7")

    with page.expect_download() as saved:
        panel.get_by_role("button").click()

    expect(panel.get_by_role("status")).to_have_text("已保存 74 kB")
    assert saved.value.suggested_filename == "b3u1.csv"
    assert saved.value.path().read_bytes() == EXPORTED
    (asked,) = gateway.exported
    path, _, span = asked.partition("?")
    start, end = (datetime.fromisoformat(values[0]) for values in parse_qs(span).values())
    assert (path, end - start) == ("devices/b3u1/points/supply/export", timedelta(days=7))


def test_a_running_export_tells_how_much_has_come_and_can_be_stopped(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)
    go(page, gateway, "#/device/b3u1")
    gateway.hold_answers(hold=True)
    export = page.locator(".export").first

    export.get_by_role("button", name="导出整机 CSV").click()

    expect(export.get_by_role("status")).to_have_text("已收到 500 B")
    export.get_by_role("button", name="取消").click()
    expect(export.get_by_role("status")).to_have_text("已取消")
    expect(export.get_by_role("button", name="导出整机 CSV")).to_be_visible()
    gateway.wait_for_exports(["left"])


def test_an_export_that_is_refused_says_why(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.busy_exporting = True
    page = browsing.open(gateway.link)
    go(page, gateway, "#/device/b3u1")
    export = page.locator(".export").first

    export.get_by_role("button").click()

    expect(export.get_by_role("status")).to_contain_text("two exports are running")


def test_an_export_that_breaks_off_is_not_saved_as_if_it_were_whole(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)
    go(page, gateway, "#/device/b3u1")
    gateway.hold_answers(hold=True)
    export = page.locator(".export").first
    saved: list[object] = []
    page.on("download", lambda one: saved.append(one))  # noqa: PLW0108 - playwright takes no method of a built-in
    export.get_by_role("button").click()
    expect(export.get_by_role("status")).to_have_text("已收到 500 B")

    gateway.stop()

    expect(export.get_by_role("status")).to_contain_text("没有导出")
    assert saved == []
    gateway.start()


def test_who_may_not_export_sees_no_button(browsing: Browsing, built: object) -> None:
    assert built
    with MockGateway(MockCompound(size=12), role="staff") as gateway:
        page = browsing.open(gateway.link)
        go(page, gateway, "#/device/b3u1/supply")

        expect(page.locator(".plot canvas")).to_be_visible()
        expect(page.locator(".export")).to_have_count(0)
