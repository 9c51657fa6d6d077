"""One's own account, the accounts of others, and duty screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.page.conftest import Browsing
    from tests.page.mock_server import MockGateway


def test_my_account_ends_one_device_binds_a_phone_and_shows_a_token_once(
    browsing: Browsing, administered: MockGateway
) -> None:
    page = browsing.enter(administered, "#/account")

    page.locator('[data-session="s2"]').get_by_role("button", name="退出这台").click()
    expect(page.locator("[data-session]")).to_have_count(1)
    page.get_by_role("button", name="绑定手机").click()
    expect(page.get_by_role("img", name="登录二维码")).to_be_visible()
    assert page.get_by_role("img", name="登录二维码").evaluate("picture => picture.naturalWidth") > 0
    expect(page.locator(".way-in code")).to_contain_text("#code=phone-code")
    page.get_by_role("button", name="新建令牌").click()
    page.get_by_label("名称").fill("大屏")
    page.get_by_role("button", name="30 天").click()
    page.get_by_role("button", name="生成").click()

    expect(page.get_by_text("gp_0123456789abcdef")).to_be_visible()
    assert administered.accounts.sent[-1] == ("POST", "me/tokens", {"name": "大屏", "scopes": ["read"], "days": 30})


def test_an_old_password_that_is_wrong_is_said_beside_it_and_a_phone_without_one_gets_no_pin(
    browsing: Browsing, administered: MockGateway
) -> None:
    page = browsing.enter(administered, "#/account")
    page.get_by_role("button", name="更改").first.click()

    page.get_by_label("现在的密码").fill("not this one")
    page.get_by_label("新密码").fill("another long phrase")
    page.get_by_role("button", name="保存").click()

    expect(page.get_by_label("现在的密码")).to_be_focused()
    expect(page.locator(".wrong")).to_have_text("密码不对")
    expect(page.get_by_label("新密码")).to_have_value("another long phrase")
    page.get_by_role("button", name="取消").click()
    administered.accounts.me.update(password_set=False, pin_set=False, way="phone")
    page.reload()
    expect(page.get_by_text("请先在浏览器里设置密码")).to_be_visible()


def test_a_lost_phone_is_one_act_that_says_what_ended(browsing: Browsing, administered: MockGateway) -> None:
    page = browsing.enter(administered, "#/users")

    page.locator('[data-user="u1"]').get_by_role("button", name="手机丢了").click()
    page.get_by_role("button", name="全部结束").click()
    expect(page.locator(".dialog .wrong")).to_have_text("请填写原因")
    page.get_by_role("button", name="手机被盗").click()
    page.get_by_role("button", name="全部结束").click()

    expect(page.get_by_role("status").filter(has_text="张三")).to_contain_text(
        "结束登录 2 处、令牌 1 个、聊天绑定 1 个"
    )
    assert administered.accounts.sent[-1] == ("POST", "users/u1/lost-phone", {"reason": "手机被盗"})
    expect(page.locator('[data-user="u1"]')).to_contain_text("登录 0 处")


def test_an_invitation_keeps_what_was_typed_and_ends_in_a_link(browsing: Browsing, administered: MockGateway) -> None:
    page = browsing.enter(administered, "#/users")
    page.get_by_role("button", name="邀请").click()
    page.get_by_label("用户名").fill("李四")
    page.get_by_label("角色").select_option("manager")

    page.get_by_role("button", name="生成链接").click()
    expect(page.locator(".dialog .wrong")).to_have_text("已经有人叫这个名字")
    expect(page.get_by_label("角色")).to_have_value("manager")
    page.get_by_label("用户名").fill("钱七")
    page.get_by_role("button", name="生成链接").click()

    expect(page.locator(".way-in")).to_contain_text("请 钱七 扫码")
    expect(page.locator(".way-in code")).to_contain_text("#code=invite-code")
    expect(page.locator('[data-user="u4"]')).to_contain_text("经理")
