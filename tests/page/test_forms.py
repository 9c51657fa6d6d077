"""Forms: what is wrong stands beside its field, in the page's language, and what was typed stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.test_doors import at
from tests.page.test_looks import violations

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from tests.page.conftest import Browsing
    from tests.page.mock_server import MockGateway


def answer_wrong(page: Page, path: str, *errors: dict[str, str | int]) -> None:
    """From now on the gateway finds these fields wrong."""

    def answer(route: Route) -> None:
        body = {"title": "Unprocessable", "status": 422, "code": "invalid", "detail": "not as it should be"}
        route.fulfill(status=422, json=body | {"errors": list(errors)})

    page.route(f"**/api/v1/{path}", answer)


def field(name: str) -> str:
    return f"[name='{name}']"


def test_an_empty_form_says_what_is_missing_before_anything_is_sent(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/visitor")
    page.locator(".picker-choices label").first.wait_for()

    page.get_by_role("button", name="生成访客码").click()

    name = page.locator(field("name"))
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".wrong")).to_have_text(["请填写"] * 3)
    assert violations(page) == "[]"

    name.fill("王访客")
    page.locator(".picker-choices input").first.check()
    expect(page.locator(".wrong")).to_have_count(1)
    expect(name).to_have_value("王访客")


def test_what_the_gateway_finds_wrong_stands_beside_its_field_until_it_is_changed(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = at(browsing, gateway, "#/visitor")
    page.get_by_role("button", name="English").click()
    page.locator(".picker-choices input").first.check()
    page.locator(field("name")).fill("Wang")
    page.locator(field("household")).fill("b3-2-5011")
    answer_wrong(
        page,
        "permits/visitor",
        {
            "path": "body.household",
            "why": "String should have at most 8 characters",
            "code": "string_too_long",
            "limit": 8,
        },
        {"path": "body.photo", "why": "Field required", "code": "missing"},
    )

    page.locator("button[type=submit]").click()

    household = page.locator(field("household"))
    expect(household).to_be_focused()
    expect(page.locator(".wrong")).to_have_text(["At most 8 characters"])
    expect(page.locator(".findings li")).to_have_text(["photo: Please fill this in"])
    described = str(household.get_attribute("aria-describedby")).split()
    assert "At most 8 characters" in [page.locator(f"[id='{each}']").inner_text() for each in described]
    expect(page.locator(field("name"))).to_have_value("Wang")

    household.fill("b3-2-501")
    expect(page.locator(".wrong")).to_have_count(0)


def test_a_refusal_that_speaks_of_one_field_stands_beside_it(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/doors/b2u1/door1")
    page.get_by_role("button", name="远程开门").click()
    dialog = page.get_by_role("dialog")

    dialog.locator("button[type=submit]").click()

    expect(dialog.locator(".wrong")).to_have_text("请填写原因")
    expect(dialog.locator(field("reason"))).to_be_focused()

    dialog.get_by_role("button", name="访客").click()
    expect(dialog.locator(".wrong")).to_have_count(0)
