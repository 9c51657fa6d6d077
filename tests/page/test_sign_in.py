"""Signing in by a one-time link, and what someone without one sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.page.mock_compound import MockCompound
from tests.page.mock_server import MockGateway, force_door

if TYPE_CHECKING:
    from tests.page.conftest import Browsing


def test_a_link_signs_in_and_leaves_no_code_in_the_address(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)

    expect(page.locator(".verdict")).to_be_visible()

    assert page.url == f"{gateway.url}#/"
    page.reload()
    expect(page.locator(".verdict-line")).to_have_text("全部正常")


def test_without_a_session_the_page_says_how_to_get_a_link(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.url)

    expect(page.get_by_role("heading", name="需要登录链接")).to_be_visible()
    expect(page.locator("pre")).to_contain_text("gridpost users link")


def test_a_link_works_once(browsing: Browsing, gateway: MockGateway) -> None:
    link = gateway.link
    browsing.open(link).locator(".verdict").wait_for()

    page = browsing.open(link)

    expect(page.locator(".sign-in-trouble")).to_have_text("这个链接已用过或已过期,请再要一条。")


def test_a_code_can_be_typed_in(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.url)

    page.get_by_label("登录码").fill(gateway.code)
    page.get_by_role("button", name="登录").click()

    expect(page.locator(".verdict-line")).to_have_text("全部正常")


def test_signing_out_leads_back_to_the_first_screen(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)

    page.get_by_role("button", name="退出登录").click()

    expect(page.get_by_role("heading", name="需要登录链接")).to_be_visible()
    gateway.wait_for_streams(0)


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_who_may_not_answer_sees_no_button(browsing: Browsing, role: str, built: object) -> None:
    assert built
    compound = MockCompound(size=12)
    force_door(compound)
    with MockGateway(compound, role=role) as gateway:
        page = browsing.open(gateway.link)

        expect(page.locator(".alarm")).to_be_visible()
        expect(page.locator(".answer")).to_have_count(0)
        expect(page.locator("[data-story]")).to_have_count(0)
