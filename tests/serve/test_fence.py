from __future__ import annotations

import pytest

from gateway.keep.accounts.sessions import make_code
from gateway.serve.accounts.cookies import COOKIE
from gateway.serve.fence import SECURITY_HEADERS
from tests.serve.accounts import signed_in
from tests.serve.compound import Town, forced, now

ACK = "/api/v1/alarms/1/ack"


async def test_every_answer_tells_the_browser_what_it_may_not_do(town: Town) -> None:
    async with town.client() as client:
        answers = [
            await client.get(path, headers=headers)
            for path, headers in (
                ("/api/v1/overview", {}),
                ("/healthz", {}),
                ("/api/docs", {}),
                ("/nothing", {}),
                ("/healthz", {"Host": "evil.example"}),
            )
        ]

    for answer in answers:
        for name, value in SECURITY_HEADERS:
            assert answer.headers[name.decode()] == value.decode()
        assert "server" not in answer.headers
    assert "unsafe-inline" not in answers[0].headers["content-security-policy"]


async def test_a_broken_route_tells_nothing_of_the_inside_and_keeps_the_headers(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(town.hub.views, "overview", lambda *_: 1 / 0)

    async with town.client() as client:
        answer = await client.get("/api/v1/overview")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "division" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:9", 200),
        ("LOCALHOST.:8080", 200),
        ("[::1]:8080", 200),
        ("status.example", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost@evil.example", 421),
        ("[", 421),
        ("", 421),
    ],
)
async def test_only_our_own_names_are_answered_to(town: Town, host: str, status: int) -> None:
    fence = next(each for each in town.app.user_middleware if "names" in each.kwargs)
    fence.kwargs["names"] = ("status.example",)

    async with town.client() as client:
        answer = await client.get("/healthz", headers={"Host": host})

    assert answer.status_code == status


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://", "http://[", "file://localhost"])
async def test_requests_that_change_something_are_refused_from_other_sites(town: Town, origin: str) -> None:
    await town.road.raise_alarm(forced(1))

    async with town.client("staff") as client:
        answer = await client.post(ACK, headers={"Origin": origin})

    assert (answer.status_code, answer.json()["code"]) == (403, "origin")
    assert town.road.acts == []


@pytest.mark.parametrize("site", ["cross-site", "same-site", "x"])
async def test_what_a_browser_says_comes_from_elsewhere_is_refused_whatever_its_origin(town: Town, site: str) -> None:
    await town.road.raise_alarm(forced(1))
    headers = {"Origin": town.url, "Sec-Fetch-Site": site}

    async with town.client("staff") as client:
        changed = await client.post(ACK, headers=headers)
        watched = await client.get("/api/v1/stream?view=overview", headers=headers)
        looked = await client.get("/api/v1/overview", headers=headers)

    assert [(each.status_code, each.json().get("code")) for each in (changed, watched)] == [(403, "origin")] * 2
    assert looked.status_code == 200, "a link from elsewhere may open the page"
    assert town.road.acts == []


@pytest.mark.parametrize(
    ("method", "headers", "content", "status"),
    [
        ("POST", {"Origin": "http://evil.example", "Content-Type": "application/x-www-form-urlencoded"}, b"a=b", 403),
        ("POST", {"Origin": "null", "Content-Type": "application/json"}, b"{}", 403),
        ("POST", {"Content-Type": "text/plain"}, b'{"note": ""}', 403),
        ("POST", {"Origin": "OWN", "Content-Type": "text/plain"}, b'{"note": ""}', 415),
        ("POST", {"Origin": "OWN", "Content-Type": "multipart/form-data; boundary=x"}, b"--x--", 415),
        ("DELETE", {}, b"", 403),
        ("DELETE", {"Origin": "null"}, b"", 403),
    ],
)
async def test_what_another_site_can_make_a_signed_in_browser_send_changes_nothing(
    town: Town, method: str, headers: dict[str, str], content: bytes, status: int
) -> None:
    await town.road.raise_alarm(forced(1))
    browser = await signed_in(town, "staff")
    del browser.headers["Origin"]
    headers = {name: town.url if value == "OWN" else value for name, value in headers.items()}

    path = ACK if method == "POST" else "/api/v1/session"
    answer = await browser.request(method, path, headers=headers, content=content)
    still = await browser.get("/api/v1/me")
    await browser.aclose()

    assert (answer.status_code, still.status_code) == (status, 200)
    assert town.road.acts == []


async def test_the_stream_is_refused_to_other_sites(town: Town) -> None:
    async with town.client() as client:
        answer = await client.get("/api/v1/stream?view=overview", headers={"Origin": "http://evil.example"})

    assert (answer.status_code, answer.json()["code"]) == (403, "origin")


async def test_our_own_page_may_change_something(town: Town) -> None:
    await town.road.raise_alarm(forced(1))

    async with town.client("staff") as client:
        answer = await client.post(ACK, headers={"Origin": town.url})

    assert answer.status_code == 200


async def test_a_session_without_an_origin_changes_nothing(town: Town) -> None:
    await town.road.raise_alarm(forced(1))
    connection = town.journal.connect()
    code = make_code(connection, "staff", now(), "test")
    connection.close()

    async with town.client(None) as client:
        await client.post("/api/v1/session", json={"code": code})
        without = await client.post(ACK)
        with_origin = await client.post(ACK, headers={"Origin": town.url})

    assert COOKIE not in without.headers.get("set-cookie", "")
    assert (without.status_code, with_origin.status_code) == (403, 200)
