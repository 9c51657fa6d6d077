from __future__ import annotations

import asyncio
import ssl
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import pytest_asyncio

from gateway.model import Now
from gateway.serve import accepting
from gateway.serve.accepting import sent_on
from gateway.serve.certificate import CertificateWrong
from tests.serve.compound import until
from tests.serve.encrypted import Encrypted, encrypted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DAY = 86_400.0


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[Encrypted]:
    async with encrypted(tmp_path) as house:
        yield house


async def test_who_believes_the_authority_is_served(house: Encrypted) -> None:
    async with httpx.AsyncClient(verify=house.believer()) as client:
        answer = await client.get(f"https://127.0.0.1:{house.port}/healthz")

    assert answer.status_code == 200


async def test_what_is_older_than_tls_1_2_is_not_spoken(house: Encrypted) -> None:
    old = house.believer()
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1

    with pytest.raises((ssl.SSLError, ConnectionError)):
        await house.connect(old)


async def test_programs_on_this_machine_are_served_in_plain_on_the_same_port(house: Encrypted) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{house.port}/healthz")

    assert answer.status_code == 200


async def test_others_who_come_in_plain_are_sent_on(house: Encrypted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "_is_here", lambda _host: False)

    async with httpx.AsyncClient() as client:
        looked = await client.get(f"http://127.0.0.1:{house.port}/assets/a.js?x=1")
        changed = await client.post(f"http://127.0.0.1:{house.port}/api/v1/session", json={"code": "secret"})

    assert (looked.status_code, looked.headers["location"]) == (307, f"https://127.0.0.1:{house.port}/assets/a.js?x=1")
    assert changed.status_code == 426
    assert "https://" in changed.text
    assert changed.headers["connection"].lower().endswith("close")


@pytest.mark.parametrize(
    "head",
    [
        "POST / HTTP/1.1\r\nHost: box\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: evil.example/@box\r\n\r\n",
        "GET //evil.example HTTP/1.1 x\r\nHost: \r\n\r\n",
        "GET http://evil.example/ HTTP/1.1\r\nHost: box\r\n\r\n",
        "GET /\r HTTP/1.1\r\nHost: box\r\n\r\n",
        "\x00\xff" * 40,
        "",
    ],
)
def test_only_who_looks_at_this_very_host_is_redirected(head: str) -> None:
    answer = sent_on(head.encode("latin-1"))

    assert answer.startswith(b"HTTP/1.1 426 ")
    assert b"Location" not in answer


@pytest.mark.parametrize("host", ["box", "box.local:8443", "192.168.1.20:8443", "[fd00::1]:8443"])
def test_the_redirect_leads_to_where_was_asked(host: str) -> None:
    answer = sent_on(f"HEAD /#/alarms HTTP/1.1\r\nX: y\r\nHost: {host}\r\n\r\n".encode())

    assert f"Location: https://{host}/#/alarms\r\n".encode() in answer


async def dawdling(house: Encrypted) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Some who say nothing, and some who begin a handshake and never end it."""
    connections = [await asyncio.open_connection("127.0.0.1", house.port) for _ in range(60)]
    for _, writer in connections[:30]:
        writer.write(b"\x16\x03\x01\x02\x00\x01")
    return connections


async def test_who_dawdles_over_his_handshake_holds_up_nobody(house: Encrypted) -> None:
    slow = await dawdling(house)

    asking = await house.connect()

    assert await house.ask(*asking) == b"HTTP/1.1 200 OK"
    assert not any(reader.at_eof() for reader, _ in slow)
    for _, writer in (*slow, asking):
        writer.close()


async def test_who_dawdles_over_his_handshake_is_let_go_and_leaves_nothing_open(
    house: Encrypted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "HANDSHAKE_SECONDS", 0.3)
    before = open_sockets()

    slow = await dawdling(house)

    for reader, _ in slow:
        with suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
    for _, writer in slow:
        writer.close()
    await until(lambda: open_sockets() <= before)


def open_sockets() -> int:
    """Not all files: uvloop opens some of its own when it first needs them."""
    return sum(
        1
        for each in Path("/proc/self/fd").iterdir()
        if each.is_symlink() and each.readlink().name.startswith("socket:")
    )


async def test_when_too_many_shake_hands_the_oldest_is_given_up(
    house: Encrypted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "UNDER_WAY", 8)

    dawdling = [await asyncio.open_connection("127.0.0.1", house.port) for _ in range(8)]
    reader, writer = await house.connect()

    assert await house.ask(reader, writer) == b"HTTP/1.1 200 OK"
    assert await asyncio.wait_for(dawdling[0][0].read(), 5) == b""
    for _, each in (*dawdling, (reader, writer)):
        each.close()


async def test_what_is_no_tls_after_its_first_byte_hurts_nobody(house: Encrypted) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(b"\x16" + b"nonsense" * 100)
    with suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), 5)
    writer.close()

    asking = await house.connect()

    assert await house.ask(*asking) == b"HTTP/1.1 200 OK"
    asking[1].close()


async def test_a_renewed_certificate_is_served_and_connections_that_stand_go_on(house: Encrypted) -> None:
    standing = await house.connect()
    await house.ask(*standing)
    first = standing[1].get_extra_info("ssl_object").getpeercert(binary_form=True)
    ends = house.tls.held.until_utc
    now = Now("boot", 0, ends - 10 * DAY, trusted=True)

    renewing = asyncio.create_task(house.tls.run(lambda: now))
    await until(lambda: house.tls.held.until_utc > ends)
    renewing.cancel()
    with pytest.raises(ssl.SSLCertVerificationError, match="not yet valid"):  # it was renewed in a year's time
        await house.connect()

    assert await house.ask(*standing) == b"HTTP/1.1 200 OK"
    assert standing[1].get_extra_info("ssl_object").getpeercert(binary_form=True) == first
    standing[1].close()


async def test_a_clock_that_is_not_believed_renews_nothing(house: Encrypted) -> None:
    ends = house.tls.held.until_utc
    asked = asyncio.Event()

    def doubted() -> Now:
        asked.set()
        return Now("boot", 0, ends + DAY, trusted=False)

    renewing = asyncio.create_task(house.tls.run(doubted))
    await asyncio.wait_for(asked.wait(), 3)
    await asyncio.sleep(0)
    renewing.cancel()

    assert house.tls.held.until_utc == ends


async def test_a_changed_file_is_taken_at_a_reload_and_a_wrong_one_leaves_the_old(house: Encrypted) -> None:
    until_utc = house.tls.held.until_utc
    house.own_ca.make(["box.local"], ["127.0.0.1"], time.time() + 5)
    house.tls.read()
    taken = house.tls.held.until_utc
    house.own_ca.certificate.write_text("nonsense")

    with pytest.raises(CertificateWrong, match="holds no certificate"):
        house.tls.read()

    assert until_utc < taken == house.tls.held.until_utc
    asking = await house.connect()
    assert await house.ask(*asking) == b"HTTP/1.1 200 OK"
    asking[1].close()


async def test_its_session_cookie_goes_over_https_alone(house: Encrypted) -> None:
    async with httpx.AsyncClient(verify=house.believer(), base_url=f"https://127.0.0.1:{house.port}") as client:
        answer = await client.get("/api/v1/me", headers={"Cookie": "gridpost_session=planted"})

    assert answer.json()["code"] == "sign_in", "a cookie that anybody could have planted is not looked at"
