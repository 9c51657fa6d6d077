"""QR labels on paper, and what a scanned one leads to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.mock_compound import MockCompound
from tests.page.mock_server import MockGateway

if TYPE_CHECKING:
    from tests.page.conftest import Browsing

ON_PAPER = "label => label.querySelector('code').getBoundingClientRect().bottom - label.getBoundingClientRect().bottom"
"""How far the last line of a label stands out of it, in CSS pixels."""


def test_labels_fill_a4_sheets_and_a_scanned_one_checks_in_or_opens_its_door(browsing: Browsing, built: object) -> None:
    assert built
    with MockGateway(MockCompound(size=12), role="manager") as gateway:
        page = browsing.enter(gateway, "#/labels")
        expect(page.get_by_role("status")).to_have_text("30 张,每页 24 张")

        paper = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 2
        assert page.locator(".label").first.inner_text().split() == ["单元大门", "1号楼", "1单元", "k3m9x2q7p4t01"]

        gateway.box.awaited = [2]
        page.goto(f"{gateway.url}#/q/k3m9x2q7p4t01")
        page.get_by_role("button", name="我到了").click()
        expect(page.get_by_role("status")).to_have_text("已报到")
        expect(page.get_by_role("link", name="事件 2")).to_be_visible()

        gateway.box.awaited = []
        page.goto(f"{gateway.url}#/q/k3m9x2q7p4t02")
        expect(page).to_have_url(f"{gateway.url}#/doors/b2u1/door1")


def test_a_long_name_leaves_room_for_the_number_of_its_label(browsing: Browsing, built: object) -> None:
    assert built
    with MockGateway(MockCompound(size=12), role="manager") as gateway:
        gateway.box.door = "幸福里小区东区地下二层非机动车停车场北侧人防疏散通道防火门兼设备检修出入口" * 3
        page = browsing.enter(gateway, "#/labels")
        label = page.locator(".label").first
        expect(label).to_be_visible()

        page.emulate_media(media="print")
        page.set_viewport_size({"width": 672, "height": 986})  # what its margins leave of A4

        assert label.evaluate(ON_PAPER) < 0, "the number is not cut off"
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 2
