"""Who is let in, and what becomes of two that call themselves the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import InvalidStatus, WebSocketException

from drivers.contract import LineLost, Link, Misconfigured
from drivers.ocpp.oddities import IDENTITY_DOUBTED, Strangers
from tests.drivers.ocpp.certificates import Authority
from tests.drivers.ocpp.point import Point, central, free_port, written
from tests.drivers.recording_post import RecordingPost

if TYPE_CHECKING:
    from pathlib import Path

SECOND_NS = 1_000_000_000
WORD = "a long password!"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A charger with a password."""
    monkeypatch.setenv("CP1_PASSWORD", WORD)
    return {"id": "d1", "identity": "CP1", "password": {"env": "CP1_PASSWORD"}}


async def refused(point: Point) -> int:
    with pytest.raises(InvalidStatus) as caught:
        await point.__aenter__()
    return caught.value.response.status_code


def doubts(post: RecordingPost) -> list[object]:
    return [event.body["what"] for event in post.events() if event.kind == IDENTITY_DOUBTED]


async def test_a_charger_that_nobody_enrolled_is_refused_and_shown_as_a_stranger_once() -> None:
    async with central() as (driver, post, port):
        codes = [await refused(Point(port, "NEW-7")) for _ in range(3)]

        assert codes == [404] * 3
        assert [(stranger.address, stranger.what) for stranger in post.strangers()] == [("NEW-7", "OCPP charge point")]
        assert driver.statistics()["refused_unknown"] == 3


async def test_an_address_that_is_not_ours_is_nobody() -> None:
    async with central() as (_, post, port):
        point = Point(port, "CP1")
        point._uri = f"ws://127.0.0.1:{port}/elsewhere/CP1"

        assert await refused(point) == 404
        assert post.strangers() == []


async def test_a_charger_with_its_password_is_let_in_and_with_none_or_another_it_is_doubted(
    known: dict[str, object],
) -> None:
    async with central(known, security="basic") as (driver, post, port):
        codes = [await refused(Point(port, shows=word)) for word in (None, "wrong", "", WORD + "x")]
        async with Point(port, shows=WORD) as point:
            await point.ask("Heartbeat")

        assert codes == [401] * 4
        assert doubts(post) == ["no password"]  # and no more within a minute
        assert driver.statistics()["refused_password"] == 4
        assert post.links("d1")[0].link is Link.UP


async def test_a_password_that_people_write_in_hex_may_be_sent_as_the_bytes_it_stands_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CP1_PASSWORD", b"sixteen letters!".hex())
    known = {"id": "d1", "identity": "CP1", "password": {"env": "CP1_PASSWORD"}}
    async with central(known, security="basic") as (_, _, port):
        for password in ("sixteen letters!", b"sixteen letters!".hex()):
            async with Point(port, shows=password) as point:
                await point.ask("Heartbeat")


async def test_the_password_of_one_charger_lets_in_no_other(
    known: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CP2_PASSWORD", "another password")
    second = {"id": "d2", "identity": "CP2", "password": {"env": "CP2_PASSWORD"}}
    async with central(known, second, security="basic") as (_, _, port):
        point = Point(port, "CP1", shows=WORD)
        point._uri = f"ws://127.0.0.1:{port}/ocpp/CP2"

        assert await refused(point) == 401


async def test_a_charger_that_speaks_no_ocpp_1_6_is_told_so() -> None:
    async with central() as (driver, post, port), Point(port, protocol="ocpp2.0.1") as point:
        code, why = await point.closed()

        assert (code, why) == (1002, "speak ocpp1.6")
        assert driver.statistics()["refused_protocol"] == 1
        assert post.links("d1") == []


async def test_the_right_password_takes_the_place_of_the_first_connection(known: dict[str, object]) -> None:
    async with (
        central(known, security="basic") as (driver, post, port),
        Point(port, shows=WORD) as first,
        Point(port, shows=WORD) as second,
    ):
        await first.closed()
        await second.ask("Heartbeat")

        assert [link.link for link in post.links("d1")] == [Link.UP]
        assert driver.statistics()["replaced"] == 1


async def test_without_passwords_a_first_connection_that_lives_is_not_thrown_out() -> None:
    async with central() as (driver, post, port), Point(port) as first:
        codes = [await refused(Point(port)) for _ in range(2)]
        await first.ask("Heartbeat")

        assert codes == [409, 409]
        assert doubts(post) == ["a second connection, while the first answers"]
        assert driver.statistics()["refused_second"] == 2
        assert [link.link for link in post.links("d1")] == [Link.UP]


async def test_without_passwords_a_first_connection_that_is_dead_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.ocpp.listening.FIRST_PING_SECONDS", 0.1)
    async with central() as (driver, post, port), Point(port) as first:
        first.socket.transport.pause_reading()  # the other side of a half-open connection
        async with Point(port) as second:
            await second.ask("Heartbeat")

            assert driver.statistics()["replaced"] == 1
            assert [link.link for link in post.links("d1")] == [Link.UP]


async def test_an_encrypted_line_takes_passwords(known: dict[str, object], tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("gridpost")
    files = {"certificate": str(certificate), "key": str(key)}
    async with central(known, security="tls", tls=files) as (_, _, port):
        async with Point(port, shows=WORD, encryption=authority.trusting()) as point:
            await point.ask("Heartbeat")

        assert await refused(Point(port, shows="wrong", encryption=authority.trusting())) == 401


async def test_a_charger_must_show_a_certificate_of_its_own_name(tmp_path: Path) -> None:
    authority, other = Authority(tmp_path), tmp_path / "other"
    other.mkdir()
    certificate, key = authority.issue("gridpost")
    files = {"certificate": str(certificate), "key": str(key), "client_ca": str(authority.file)}
    forged = Authority(other).issue("CP1")
    async with central(security="mutual", tls=files) as (_, post, port):
        async with Point(port, encryption=authority.trusting(authority.issue("CP1"))) as point:
            await point.ask("Heartbeat")
        code = await refused(Point(port, encryption=authority.trusting(authority.issue("CP2"))))
        for shown in (None, forged):
            with pytest.raises((OSError, WebSocketException)):
                await Point(port, encryption=authority.trusting(shown)).__aenter__()

        assert code == 401
        assert doubts(post) == ["a certificate of another name"]


async def test_a_port_that_somebody_has_loses_the_line_in_a_sentence() -> None:
    async with central() as (_, _, port):
        with pytest.raises(LineLost, match=rf"^line: cannot listen at 127\.0\.0\.1:{port} \(.+\)$"):
            await written(port).build().run(RecordingPost())


async def test_certificates_that_are_not_there_are_for_a_person(tmp_path: Path) -> None:
    files = {
        "certificate": str(tmp_path / "no.pem"),
        "key": str(tmp_path / "no.key"),
        "client_ca": str(tmp_path / "ca"),
    }

    with pytest.raises(Misconfigured, match="tls cannot be used"):
        await written(free_port(), security="mutual", tls=files).build().run(RecordingPost())


def test_a_flood_of_strangers_is_not_told_one_by_one() -> None:
    post, strangers = RecordingPost(), Strangers()
    for number in range(30):
        strangers.dialled(f"X{number}", SECOND_NS, post)
    in_a_second = len(post.strangers())
    strangers.dialled("X29", 3 * SECOND_NS, post)

    assert in_a_second == 20
    assert len(post.strangers()) == 21
