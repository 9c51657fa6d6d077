"""Controllers gone through check by check, signed, printed and replaced; and lines with what errs on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.page.mock_compound import MockCompound
from tests.page.mock_server import MockGateway
from tests.page.test_doors import at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.page.conftest import Browsing


@pytest.fixture
def site(built: Path) -> Iterator[MockGateway]:
    """A compound as its installer sees it."""
    assert built.is_dir()
    with MockGateway(MockCompound(size=3), role="installer") as gateway:
        yield gateway


def test_a_check_is_ticked_by_the_door_and_the_record_is_signed_with_a_note(
    browsing: Browsing, site: MockGateway
) -> None:
    desk = site.compound.desk
    page = at(browsing, site, "#/commissioning/b1u1")
    page.get_by_role("button", name="开始调试").click()
    bond = page.locator('[data-check="door1/bond"]')
    expect(bond).to_contain_text("待查")

    desk.tick("b1u1", "door1", "bond")

    expect(bond.locator(".mark.calm")).to_be_visible()
    page.get_by_role("button", name="签字").click()
    expect(page.get_by_role("alert")).to_contain_text("还有项目待查")
    page.get_by_label("还有 15 项待查,说明原因").fill("地下室门未装")
    page.get_by_role("button", name="签字").click()
    expect(page.get_by_text("已签字:张三")).to_be_visible()
    assert desk.commissioning["b1u1"]["note"] == "地下室门未装"


def test_the_acceptance_records_alone_go_to_paper_one_to_a_page(browsing: Browsing, site: MockGateway) -> None:
    site.compound.desk.begin("b1u1")
    page = at(browsing, site, "#/commissioning")
    expect(page.locator(".controllers li")).to_have_count(6)
    expect(page.locator(".record").first).to_be_hidden()

    page.emulate_media(media="print")

    expect(page.locator(".record")).to_have_count(6)
    expect(page.locator(".record").first).to_be_visible()
    expect(page.locator(".record").first).to_contain_text("安装单位签字")
    expect(page.locator(".top")).to_be_hidden()
    expect(page.locator(".controllers")).to_be_hidden()
    pages = page.pdf(format="A4").count(b"/Type /Page\n")
    assert pages == 6


def test_a_replaced_controller_is_accepted_with_a_reason_and_in_service_only_when_its_table_is_read_back(
    browsing: Browsing, site: MockGateway
) -> None:
    compound = site.compound
    compound.set_link("b1u1", "misconfigured", "serial 30101 expected, 999 found")
    page = at(browsing, site, "#/commissioning/b1u1")
    expect(page.locator('[data-serial="expected"]')).to_have_text("30101")
    expect(page.locator('[data-serial="found"]')).to_have_text("999")
    page.get_by_role("button", name="更换控制器").click()
    expect(page.get_by_label("新序列号")).to_have_value("999")
    page.get_by_role("dialog").get_by_role("button", name="控制器损坏").click()

    page.get_by_role("button", name="接受新序列号").click()

    standing = page.locator(".standing-now")
    expect(standing).to_contain_text("更换中,名单写完并读回后启用")
    expect(standing).to_contain_text("12/37")
    expect(standing).not_to_contain_text("已启用")
    assert compound.desk.sent == [("POST", "devices/b1u1/serial", {"serial": "999", "reason": "控制器损坏"})]
    compound.desk.tables.clear()
    compound.desk.standings.clear()
    expect(standing).to_contain_text("已启用")


def test_a_retired_serial_is_refused_with_the_reason(browsing: Browsing, site: MockGateway) -> None:
    page = at(browsing, site, "#/commissioning/b1u1")
    page.get_by_role("button", name="更换控制器").click()
    page.get_by_label("新序列号").fill("retired")
    page.get_by_label("原因").fill("试试")

    page.get_by_role("button", name="接受新序列号").click()

    expect(page.get_by_role("alert")).to_have_text("这台控制器已作废,不能再用")


def test_a_line_shows_its_load_its_cycle_and_which_unit_errs(browsing: Browsing, site: MockGateway) -> None:
    page = at(browsing, site, "#/lines")

    bus = page.locator('[data-line="east"]')
    expect(bus).to_contain_text("负载 86.4 %")
    expect(bus).to_contain_text("轮询周期 1.31 秒")
    expect(bus.locator("tbody tr").nth(2)).to_contain_text("离线:超过期限没有应答")
    expect(bus.locator("tbody tr").nth(2).locator(".figure").first).to_have_text("900")
    single = page.locator('[data-line="b1u1"]')
    single.get_by_text("每台设备").click()
    expect(single.locator("tbody .figure").first).to_have_text("—")


def test_who_only_watches_gets_no_tools(browsing: Browsing, built: object) -> None:
    assert built
    with MockGateway(MockCompound(size=3), role="auditor") as gateway:
        page = at(browsing, gateway, "#/commissioning/b1u1")

        expect(page.locator("[data-serial=expected]")).to_be_visible()
        expect(page.locator("main button")).to_have_count(0)
