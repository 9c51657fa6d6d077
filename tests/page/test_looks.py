"""Every page fits a phone and a desk, reads by day and night, in both languages, and passes axe.

Each page in some looks; in every width, light and language under GRIDPOST_SOAK=1.
"""

from __future__ import annotations

import json
import os
from itertools import product
from typing import TYPE_CHECKING, Literal, NamedTuple

import pytest
from playwright.sync_api import expect

from tests.page.conftest import ROOT
from tests.page.mock_charging import hot_evening
from tests.page.mock_compound import MockCompound
from tests.page.mock_lockers import parcel_day
from tests.page.mock_server import MockGateway, answered_night, busy_day, lose_data, trouble, walk_about

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.page.conftest import Browsing


class Look(NamedTuple):
    """How somebody looks at the page."""

    width: int
    scheme: Literal["light", "dark"]
    language: str
    letters: str = "100%"


SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ALL_LOOKS = [Look(*each) for each in product((360, 390, 1366), SCHEMES, ("zh-CN", "en"))]
SMALL_WITH_LARGE_LETTERS = Look(360, "light", "en", "150%")
AXE = ROOT / "dashboards" / "status" / "node_modules" / "axe-core" / "axe.min.js"
PLACES = {
    "#/": ".tile",
    "#/alarms/unanswered": "main:has(.tabs) .alarm",
    "#/building/b3": ".door",
    "#/building/b9": ".door.unsure",
    "#/device/b3u1/supply": ".plot canvas",
    "#/data": ".refused-lines code",
}
WORKPLACES = {
    "#/doors": ".door-row",
    "#/doors/b2u1/door1": ".passages li",
    "#/permits": ".permit",
    "#/household/b3-2-501": ".task",
    "#/import": ".file",
    "#/visitor": ".picker-choices label",
    "#/enrol": "select",
    "#/groups": ".editable li",
    "#/schedules": ".holidays li",
    "#/tables": "progress",
    "#/commissioning": ".controllers progress",
    "#/commissioning/b5u1": ".checks li",
    "#/lines": ".figure",
    "#/more": ".more-pages li",
    "#/history/b3u1%2Fsupply%2Cb4u1%2Fsupply%2Cb3u1%2Fdoor1.open/7": ".plot canvas",
    "#/health": ".beats",
    "#/works": ".work progress",
    "#/simulator": ".broken li",
    "#/detectors": ".tile.unsure",
    "#/detectors/b3/2": ".cell",
    "#/detector/b3-2-501-smoke": ".door-now",
    "#/receivers": ".receiver",
    "#/rounds": ".editable li",
    "#/rounds/r1": ".next-name",
    "#/stock": ".permit",
    "#/walk_tests": ".editable li",
    "#/walk_tests/w1": ".tested .seen",
    "#/charging": ".stop-card",
    "#/charging/shed3": ".plot canvas",
    "#/lockers": "[data-locker]",
    "#/lockers/locker3/c07": ".compartment-said",
    "#/overdue": ".door-row",
    "#/tags": ".permit",
    "#/tags_import": ".file",
    "#/account": "[data-token]",
    "#/users": "[data-user]",
    "#/screens": "[data-screen]",
    "#/audit?what=user": ".audit-row",
    "#/privacy": "main:has(> .lead) .audit-row",
    "#/investigations": "[data-investigation]",
    "#/system": ".facts",
    "#/labels": ".label img",
    "#/setup": ".setup-step",
}
ANSWERED = {
    "#/": ".house-notes li",
    "#/alarms/spared": ".alarm",
    "#/alarms/1": ".told-row",
    "#/alarms/3": ".passages li",
    "#/incidents": ".limit.over",
    "#/incidents/2": ".photos img",
    "#/incident_report": "select",
    "#/duty": ".door-row.p3",
    "#/duty/g1": ".sheet-list",
    "#/roster/g1": ".shift",
    "#/people": ".person",
    "#/trial/b5": ".passages li",
    "#/drills": ".drill",
    "#/effects": ".effect",
    "#/channels": ".door-row.p3",
    "#/figures": ".figure",
    "#/detector/b3-2-101-smoke": ".outage-now",
}


@pytest.fixture(scope="module")
def busy(built: Path) -> Iterator[MockGateway]:
    """A compound in which much is being done."""
    assert built.is_dir()
    compound = MockCompound(size=12)
    busy_day(compound)
    walk_about(compound)
    parcel_day(compound)
    hot_evening(compound)
    with MockGateway(compound, role="administrator") as gateway:
        yield gateway


@pytest.fixture(scope="module")
def bad_evening(built: Path) -> Iterator[MockGateway]:
    """A compound with something of everything."""
    assert built.is_dir()
    compound = MockCompound(size=12)
    trouble(compound)
    lose_data(compound)
    with MockGateway(compound, role="installer") as gateway:
        yield gateway


@pytest.fixture(scope="module")
def answered(built: Path) -> Iterator[MockGateway]:
    """A night in which alarms are answered, and a house that is weak."""
    assert built.is_dir()
    compound = MockCompound(size=12)
    answered_night(compound)
    with MockGateway(compound, role="administrator") as gateway:
        yield gateway


def overflow(page: Page) -> int:
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def violations(page: Page) -> str:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))  # the page's policy allows no foreign script element
    found = page.evaluate("axe.run({ resultTypes: ['violations'] }).then((result) => result.violations)")
    return json.dumps([[each["id"], [node["html"] for node in each["nodes"]]] for each in found], ensure_ascii=False)


def looks(*chosen: Look) -> list[object]:
    """These, and all others under GRIDPOST_SOAK=1."""
    every = dict.fromkeys([*chosen, *(ALL_LOOKS if SOAK else ())])
    return [pytest.param(look, id="-".join(map(str, look))) for look in every]


def shared(places: dict[str, str], look: Look, first: Look) -> dict[str, str]:
    """Of many places every second one for one look, the others for the other; under GRIDPOST_SOAK=1 all of them for each."""
    if SOAK:
        return places
    return {place: shown for turn, (place, shown) in enumerate(places.items()) if (turn % 2 == 0) == (look == first)}


def all_fit(page: Page, gateway: MockGateway, look: Look, places: dict[str, str]) -> None:
    """Go to each place once, and look."""
    expect(page.locator(".tile").first).to_be_visible()
    assert page.locator("html").get_attribute("lang") == look.language
    page.evaluate(f"document.documentElement.style.fontSize = '{look.letters}'")

    for place, shown in places.items():
        page.goto(f"{gateway.url}{place}")
        expect(page.locator(shown).first).to_be_visible()

        assert (place, overflow(page)) == (place, 0)
        assert (place, violations(page)) == (place, "[]")


def seen(browsing: Browsing, gateway: MockGateway, look: Look) -> Page:
    """The page as somebody sees it who looks so."""
    return browsing.open(gateway.link, width=look.width, height=800, scheme=look.scheme, language=look.language)


@pytest.mark.parametrize(
    "look",
    looks(
        Look(360, "light", "en"),
        Look(390, "dark", "zh-CN"),
        Look(1366, "light", "zh-CN"),
        Look(1366, "dark", "en"),
    ),
)
def test_every_page_fits_and_is_accessible(browsing: Browsing, bad_evening: MockGateway, look: Look) -> None:
    all_fit(seen(browsing, bad_evening, look), bad_evening, look, PLACES)


@pytest.mark.parametrize("look", looks(SMALL_WITH_LARGE_LETTERS, Look(1366, "dark", "zh-CN")))
def test_every_workplace_fits_and_is_accessible(browsing: Browsing, busy: MockGateway, look: Look) -> None:
    all_fit(seen(browsing, busy, look), busy, look, shared(WORKPLACES, look, SMALL_WITH_LARGE_LETTERS))


@pytest.mark.parametrize("look", looks(SMALL_WITH_LARGE_LETTERS, Look(390, "dark", "zh-CN")))
def test_every_page_of_answering_fits_and_is_accessible(browsing: Browsing, answered: MockGateway, look: Look) -> None:
    all_fit(seen(browsing, answered, look), answered, look, shared(ANSWERED, look, SMALL_WITH_LARGE_LETTERS))


def test_letters_of_150_percent_fit_a_small_phone(browsing: Browsing, bad_evening: MockGateway) -> None:
    page = browsing.open(bad_evening.link, width=360, height=740, language="en")
    page.evaluate("document.documentElement.style.fontSize = '150%'")

    for place, shown in PLACES.items():
        page.goto(f"{bad_evening.url}{place}")
        expect(page.locator(shown).first).to_be_visible()

        assert (place, overflow(page)) == (place, 0)


def test_the_plot_follows_the_width(browsing: Browsing, bad_evening: MockGateway) -> None:
    page = browsing.open(bad_evening.link, width=1366)
    expect(page.locator(".tile").first).to_be_visible()
    page.goto(f"{bad_evening.url}#/device/b3u1/supply")
    expect(page.locator(".plot canvas")).to_be_visible()

    page.set_viewport_size({"width": 360, "height": 740})

    page.wait_for_function("document.querySelector('.plot canvas').getBoundingClientRect().right <= innerWidth")
    assert overflow(page) == 0


def test_the_sign_in_screen_fits_and_is_accessible(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.url, width=360, language="en")
    expect(page.get_by_role("heading")).to_be_visible()

    assert overflow(page) == 0
    assert violations(page) == "[]"


def test_the_language_is_changed_on_the_page_and_kept(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)
    expect(page.locator(".verdict-line")).to_have_text("全部正常")

    page.get_by_role("button", name="English").click()

    expect(page.locator(".verdict-line")).to_have_text("All well")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.evaluate("localStorage.getItem('gridpost.language')") == "en"


def test_an_alarm_is_answered_by_keyboard_alone(browsing: Browsing, bad_evening: MockGateway) -> None:
    page = browsing.open(bad_evening.link, width=1366)
    expect(page.locator(".alarm").first).to_be_visible()
    first = page.locator(".alarm").first.get_attribute("data-number")

    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('answer')"):
            break
    page.keyboard.press("Enter")

    expect(page.locator(f'.alarm[data-number="{first}"]')).to_contain_text("已响应:张三")
