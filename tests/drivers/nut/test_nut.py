"""NUT servers as they are: what their words mean, and what a bad one does to the line."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from drivers.contract import LineLost, Link, Misconfigured, Quality
from drivers.nut.variables import NO_NUMBER, NOT_TOLD, OUT_OF_RANGE, POINTS, answer_of
from tests.drivers.nut.rig import NutRig
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import running, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from drivers.contract import Fault, Value

BACK_UPS = {
    "battery.charge": "97",
    "battery.runtime": "2340",
    "battery.voltage": "13.6",
    "input.voltage": "231.0",
    "ups.load": "12",
    "ups.status": "OL CHRG",
}
"""What usbhid-ups tells of a small APC Back-UPS."""


def said(key: str, variables: dict[str, str]) -> tuple[Value, Fault | None]:
    values, faults = answer_of(variables)
    at = next(number for number, point in enumerate(POINTS) if point.key == key)
    return values[at], faults[at] if faults else None


def test_a_small_supply_tells_what_it_can_and_the_rest_is_bad_by_name() -> None:
    values, faults = answer_of(BACK_UPS)

    assert values == (False, False, False, False, 97.0, 2340.0, 12.0, 231.0, 13.6, None)
    assert faults == (*[None] * 9, NOT_TOLD)


@pytest.mark.parametrize(
    ("status", "on_battery", "low"),
    [
        ("OL", False, False),
        ("OB DISCHRG", True, False),
        ("OB DISCHRG LB", True, True),
        ("FSD OB LB", True, True),
        ("OL BYPASS", False, False),
        ("OFF", None, False),
        ("", None, None),
    ],
)
def test_the_words_of_the_status_say_whether_there_are_mains(
    status: str, *, on_battery: bool | None, low: bool | None
) -> None:
    variables = {**BACK_UPS, "ups.status": status}

    assert said("on_battery", variables) == (on_battery, NOT_TOLD if on_battery is None else None)
    assert said("battery_low", variables) == (low, NOT_TOLD if low is None else None)


@pytest.mark.parametrize(
    ("text", "fault"),
    [("NA", NO_NUMBER), ("", NO_NUMBER), ("nan", NO_NUMBER), ("-3", OUT_OF_RANGE), ("1e9", OUT_OF_RANGE)],
)
def test_a_number_that_is_none_is_bad_and_nothing_else_is(text: str, fault: Fault) -> None:
    assert said("battery_level", {**BACK_UPS, "battery.charge": text}) == (None, fault)
    assert said("battery_runtime", {**BACK_UPS, "battery.charge": text}) == (2340.0, None)
    assert fault.quality is Quality.BAD


async def test_a_supply_that_the_server_does_not_know_is_misconfigured_and_its_neighbour_goes_on() -> None:
    post = RecordingPost()
    async with NutRig() as rig:
        driver = rig.written({"id": "d1", "ups": "cellar"}, {"id": "d9", "ups": "attic"}).build()
        async with running(driver, post):
            await until(lambda: post.links("d9") and len(post.samples("d1")) > 2)

    assert [(said.link, said.why) for said in post.links("d9")] == [
        (Link.MISCONFIGURED, "the server knows no 'attic': look at its ups.conf")
    ]
    assert driver.device_statistics()["d9"]["missed"] >= 1


@asynccontextmanager
async def server_that_says(*answers: bytes) -> AsyncIterator[int]:
    """A server that answers each request with the next of these, and then with silence; "" ends the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            if not await reader.readline() or not answer:
                break
            writer.write(answer)
        else:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    "answers",
    [
        [b""],
        [b"HTTP/1.0 400 Bad Request\r\n\r\n"],
        [b"\xff\xfe\n"],
        [b"BEGIN LIST VAR cellar\n", b""],
        [b"BEGIN LIST VAR cellar\n" + b'VAR cellar x "' + b"x" * 200_000],
        [b"BEGIN LIST VAR cellar\nVAR cellar ups.status"],
        [b"ERR INTERNAL\n"],
        [],
    ],
    ids=["hangs up", "speaks HTTP", "no text", "ends early", "too long", "stops", "fails", "silent"],
)
async def test_a_server_that_talks_nonsense_or_nothing_costs_the_line_and_no_more(answers: list[bytes]) -> None:
    async with server_that_says(*answers) as port:
        driver = NutRig().written({"id": "d1", "ups": "cellar"}, port=port).build()

        with pytest.raises(LineLost, match=r"^127\.0\.0\.1:\d+ (cannot be asked|will not tell)"):
            await asyncio.wait_for(driver.run(RecordingPost()), 5)


async def test_a_login_that_is_refused_is_for_a_person_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPS_PASSWORD", "not this one")
    async with server_that_says(b"OK\n", b"ERR ACCESS-DENIED\n") as port:
        secret = {"username": "gridpost", "password": {"env": "UPS_PASSWORD"}}
        driver = NutRig().written({"id": "d1", "ups": "cellar"}, port=port, **secret).build()

        with pytest.raises(Misconfigured, match="refuses us") as refused:
            await asyncio.wait_for(driver.run(RecordingPost()), 5)

    assert "not this one" not in str(refused.value)


async def test_a_password_that_is_nowhere_is_said_before_anything_is_connected() -> None:
    secret = {"username": "gridpost", "password": {"env": "NO_SUCH_VARIABLE"}}
    driver = NutRig().written({"id": "d1", "ups": "cellar"}, **secret).build()

    with pytest.raises(Misconfigured, match="NO_SUCH_VARIABLE is not set"):
        await driver.run(RecordingPost())


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ({"host": "10.0.0.7", "username": "u", "password": {"env": "P"}}, "in clear"),
        ({"password": {"env": "P"}}, "needs a username"),
        ({"username": "u\nINSTCMD x shutdown"}, "match pattern"),
    ],
)
def test_what_would_give_the_password_away_is_refused(written: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        NutRig().written({"id": "d1", "ups": "cellar"}, **written)


@pytest.mark.parametrize("ups", ["cellar\nFSD cellar", "two words", ""])
def test_a_name_cannot_smuggle_a_request(ups: str) -> None:
    with pytest.raises(ValidationError):
        NutRig().written({"id": "d1", "ups": ups})
