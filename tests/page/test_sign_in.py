"""Signing in by password or one-time link, and what someone without either sees."""

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


def test_a_password_signs_in_where_the_browsers_keeper_finds_it(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.url)
    name, password = page.get_by_label("用户名"), page.get_by_label("密码")
    assert (name.get_attribute("autocomplete"), password.get_attribute("autocomplete")) == (
        "username",
        "current-password",
    )

    name.fill("张三")
    password.fill(gateway.accounts.password)
    page.get_by_role("button", name="登录", exact=True).click()

    expect(page.locator(".verdict-line")).to_have_text("全部正常")


def test_a_wrong_password_is_said_beside_it_and_the_name_stays(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.url)
    page.get_by_label("用户名").fill("张三")
    page.get_by_label("密码").fill("wrong")

    page.get_by_role("button", name="登录", exact=True).click()

    expect(page.locator(".wrong")).to_have_text("用户名或密码不对")
    expect(page.get_by_label("密码")).to_be_focused()
    expect(page.get_by_label("密码")).to_have_value("")
    expect(page.get_by_label("用户名")).to_have_value("张三")


def test_whoever_guesses_is_told_when_to_try_again(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.accounts.slow_seconds = 20
    page = browsing.open(gateway.url)
    page.get_by_label("用户名").fill("张三")
    page.get_by_label("密码").fill("wrong")

    page.get_by_role("button", name="登录", exact=True).click()

    expect(page.locator(".wrong")).to_have_text("试得太多了,请等 20 秒再试")


def test_a_password_is_shown_on_request_and_locked_capitals_are_told(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.url)
    password = page.get_by_label("密码")
    password.fill("abc")

    page.get_by_role("button", name="显示").click()
    password.evaluate(
        "field => field.dispatchEvent(new KeyboardEvent('keydown', { key: 'A', modifierCapsLock: true }))"
    )

    expect(password).to_have_attribute("type", "text")
    expect(password).to_have_value("abc")
    expect(page.get_by_role("status")).to_have_text("大写锁定已打开")


def test_without_a_session_the_page_says_how_to_get_a_link(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.url)

    page.get_by_text("用一次性登录码").click()

    expect(page.locator("pre")).to_contain_text("gridpost users link")


def test_a_link_works_once(browsing: Browsing, gateway: MockGateway) -> None:
    link = gateway.link
    browsing.open(link).locator(".verdict").wait_for()

    page = browsing.open(link)

    expect(page.locator(".sign-in-trouble")).to_have_text("这个链接已用过或已过期,请再要一条。")


def test_a_code_can_be_typed_in(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.url)
    page.get_by_text("用一次性登录码").click()

    page.get_by_label("登录码").fill(gateway.code)
    page.locator(".sign-in-code").get_by_role("button", name="登录").click()

    expect(page.locator(".verdict-line")).to_have_text("全部正常")


def test_whoever_was_invited_chooses_a_password_and_a_pin(browsing: Browsing, built: object) -> None:
    assert built
    compound = MockCompound(size=12, simulated=False)
    with MockGateway(compound) as gateway:
        gateway.accounts.me.update(password_set=False, pin_set=False)
        page = browsing.open(gateway.link)
        expect(page.get_by_role("heading", name="欢迎,张三")).to_be_visible()

        page.get_by_label("新密码").fill("short")
        page.get_by_role("button", name="下一步").click()
        expect(page.locator(".wrong")).to_have_text("至少 10 个字符,一个汉字算两个")
        page.get_by_label("新密码").fill("a long phrase of mine")
        page.get_by_role("button", name="下一步").click()
        page.get_by_label("密码", exact=True).fill("a long phrase of mine")
        page.get_by_label("新 PIN").fill("1234")
        page.get_by_role("button", name="完成").click()
        expect(page.locator(".wrong")).to_have_text("太常见,最先被人猜")
        page.get_by_label("新 PIN").fill("4829")
        page.get_by_role("button", name="完成").click()

        expect(page.locator(".verdict")).to_be_visible()
        assert gateway.accounts.sent[-1] == ("PUT", "me/pin", {"password": "a long phrase of mine", "pin": "4829"})


def test_signing_out_leads_back_to_the_first_screen(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)

    page.get_by_role("button", name="退出登录").click()

    expect(page.get_by_role("heading", name="登录")).to_be_visible()
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
