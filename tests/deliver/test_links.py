"""Tokens of one-time links: what they say, and that nobody else can make one."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deliver.links import LINK_HOURS, LinkInvalid, Links

KEY = bytes(range(32))
LINKS = Links(KEY, "https://post.example.cn/gridpost/")


@given(st.integers(1, 2**63), st.text(min_size=1, max_size=40), st.integers(0, 2**40))
def test_what_was_written_is_read(number: int, person: str, until: int) -> None:
    link = LINKS.read(LINKS.token(number, person, until))

    assert (link.number, link.person, link.until_utc) == (number, person, until)


def test_a_link_stands_behind_the_public_address_and_is_good_for_a_shift() -> None:
    url = LINKS.url(12, "zhang", 1_000.0)

    address, _, token = url.rpartition("/")
    assert address == "https://post.example.cn/gridpost/a"
    assert LINKS.read(token).until_utc == 1_000 + LINK_HOURS * 3600


def test_nobody_in_particular_gets_no_link() -> None:
    assert LINKS.url(12, "", 0.0) == ""


def test_each_link_has_a_mark_of_its_own_that_does_not_give_it_away() -> None:
    tokens = [
        LINKS.token(12, "zhang", 5),
        LINKS.token(12, "li", 5),
        LINKS.token(13, "zhang", 5),
        LINKS.token(12, "zhang", 6),
    ]

    marks = {LINKS.read(token).mark for token in tokens}

    assert len(marks) == 4
    assert not any(mark in token for mark in marks for token in tokens)


@given(st.integers(0, 400))
def test_a_link_with_one_bit_changed_is_none_of_ours(bit: int) -> None:
    token = LINKS.token(12, "zhang", 5)
    whole = bytearray(base64.urlsafe_b64decode(token + "=="))
    whole[bit // 8 % len(whole)] ^= 1 << bit % 8

    with pytest.raises(LinkInvalid):
        LINKS.read(base64.urlsafe_b64encode(whole).rstrip(b"=").decode())


@pytest.mark.parametrize("token", ["", "x", "A" * 40, "A" * 10_000, "链接", "!!!!", "=", "AAAA====", "\x00"])
def test_what_is_no_token_is_none(token: str) -> None:
    with pytest.raises(LinkInvalid):
        LINKS.read(token)


def test_the_key_of_another_site_makes_no_links_here() -> None:
    with pytest.raises(LinkInvalid):
        LINKS.read(Links(KEY[::-1], "").token(12, "zhang", 5))
