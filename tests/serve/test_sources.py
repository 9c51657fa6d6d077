"""What a request says of where it comes from and who it is, and what of that is believed."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from gateway.serve.accounts.cookies import COOKIE, SECURE_COOKIE, session_of
from gateway.serve.accounts.sources import address_of, place_of


def _request(client: str, *, scheme: str = "http", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "scheme": scheme, "client": (client, 5000), "headers": raw})


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        ("10.0.0.5", "", "10.0.0.5"),
        ("10.0.0.5", "10.0.0.9", "10.0.0.5"),
        ("127.0.0.1", "203.0.113.7, 10.0.0.9", "10.0.0.9"),
        ("127.0.0.1", "nonsense", ""),
        ("::ffff:10.0.0.5", "", "10.0.0.5"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
    ],
)
def test_guesses_count_for_the_address_that_was_seen_and_a_proxy_on_this_machine_alone_is_believed(
    client: str, forwarded: str, address: str
) -> None:
    headers = {"x_forwarded_for": forwarded} if forwarded else {}

    assert address_of(_request(client, **headers)) == address


@pytest.mark.parametrize(
    ("client", "place"), [("192.168.1.7", "192.168.1.7"), ("8.8.8.8", "IPv4"), ("2001:4860::1", "IPv6")]
)
def test_the_audit_says_no_more_than_the_family_of_an_address_outside(client: str, place: str) -> None:
    assert place_of(_request(client)) == place


def test_over_https_a_session_is_not_taken_from_a_cookie_that_anybody_on_the_network_could_have_planted() -> None:
    planted, own = f"{COOKIE}=planted", f"{SECURE_COOKIE}=own"

    assert session_of(_request("10.0.0.5", cookie=planted)) == "planted"
    assert session_of(_request("10.0.0.5", scheme="https", cookie=planted)) == ""
    assert session_of(_request("10.0.0.5", scheme="https", cookie=f"{planted}; {own}")) == "own"
