"""The compound as a map: drawn from the configuration, told by colour, shape and word, and walked by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.page.mock_compound import MockCompound
from tests.page.mock_server import MockGateway, trouble
from tests.page.test_looks import overflow, violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.page.conftest import Browsing


@pytest.fixture
def large(built: object) -> Iterator[MockGateway]:
    """As many buildings as a compound has, and a bad evening."""
    assert built
    compound = MockCompound(size=99)
    trouble(compound)
    compound.set_link("b60u1", "unknown")
    with MockGateway(compound) as gateway:
        yield gateway


def test_the_map_says_by_shape_and_word_what_is_wrong_where_and_is_remembered(
    browsing: Browsing, large: MockGateway
) -> None:
    page = browsing.open(large.link, width=360, height=740)
    page.get_by_role("button", name="看图").click()

    expect(page.locator(".house")).to_have_count(99)
    expect(page.get_by_role("link", name="3号楼 重要 1 强开")).to_be_visible()
    expect(page.get_by_role("link", name="7号楼 一般 1 久开")).to_be_visible()
    expect(page.get_by_role("link", name="9号楼 一般 1 离线")).to_be_visible()
    expect(page.get_by_role("link", name="60号楼 1 未知")).to_be_visible()
    expect(page.get_by_role("link", name="99号楼 正常")).to_be_visible()
    expect(page.locator(".house.p1 .mark.p1")).to_be_visible()
    assert overflow(page) == 0
    assert page.evaluate("Math.min(...[...document.querySelectorAll('.house')].map((one) => one.offsetWidth))") >= 44
    assert violations(page) == "[]"
    page.reload()
    expect(page.locator(".house")).to_have_count(99)
    page.get_by_role("link", name="3号楼 重要 1 强开").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3号楼")


def test_the_map_is_walked_by_arrows_and_read_as_a_table(browsing: Browsing, large: MockGateway) -> None:
    page = browsing.open(large.link, width=1366)
    page.get_by_role("button", name="看图").click()
    houses = page.locator(".house")
    houses.first.focus()

    page.keyboard.press("ArrowRight")
    expect(houses.nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(houses.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(houses.first).not_to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(houses.first).to_be_focused()

    page.get_by_text("以表格查看").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="9号楼", exact=True))
    expect(row).to_contain_text("9号楼一般110")
    assert violations(page) == "[]"
    page.get_by_role("button", name="看列表").click()
    expect(page.locator(".tile").first).to_be_visible()
