from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.keep import reading
from gateway.model import Recorded
from gateway.serve import charging_shapes

if TYPE_CHECKING:
    from drivers.contract import Json
    from tests.serve.compound import Town

SESSIONS = "/api/v1/charging/sessions"
BEGAN = 1_795_000_000.0


def row(number: int, device: str = "pile1", room: str = "shed1", **said: Json) -> Recorded:
    """A session that is over, as decide records it."""
    body = {
        "device": device,
        "part": "p01",
        "room": room,
        "session": f"s{number}",
        "began": BEGAN,
        "ended": BEGAN + 60 * number,
    }
    body |= {"kwh": 0.5, "peak_w": 312.0, "why": "full", "offline": False}
    return Recorded("charging_session", f"{device}/p01", body | said)


async def _sessions(town: Town, query: str = "", who: str = "viewer") -> charging_shapes.Sessions:
    async with town.client(who) as client:
        answer = await client.get(f"{SESSIONS}{query}")
    assert answer.status_code == 200, answer.text
    return charging_shapes.Sessions.model_validate_json(answer.text)


def _names(found: charging_shapes.Sessions) -> list[str]:
    return [session.session for session in found.sessions]


async def test_those_that_run_come_before_those_that_are_over_newest_first(tended: Town) -> None:
    tended.tending.charges("pile1/p01")
    await tended.road.release(row(1), row(2), row(3, "pile2", "shed2"))

    found = await _sessions(tended)

    assert _names(found) == ["s-pile1/p01", "s3", "s2", "s1"]
    assert (found.running, found.next) == (1, None)
    runs, _, over, _ = found.sessions
    assert (runs.ended, runs.kwh, runs.peak_watts, runs.why) == (None, 0.25, 300.0, "")
    assert runs.seconds == pytest.approx(600, abs=10)
    assert over.ended is not None
    assert over.model_dump(exclude={"began", "ended"}) == {
        "session": "s2",
        "device": "pile1",
        "device_name": "1号桩",
        "part": "p01",
        "part_name": "1号口",
        "room": "shed1",
        "room_name": "1号车棚",
        "seconds": 120.0,
        "kwh": 0.5,
        "peak_watts": 312.0,
        "why": "full",
        "offline": False,
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?running=true", ["s-pile1/p01"]),
        ("?running=false", ["s3", "s2", "s1"]),
        ("?room=shed2", ["s3"]),
        ("?device=pile1", ["s-pile1/p01", "s2", "s1"]),
        ("?device=pile2&room=shed1", []),
    ],
)
async def test_sessions_are_found_by_room_and_charger_and_whether_they_run(
    tended: Town, query: str, names: list[str]
) -> None:
    tended.tending.charges("pile1/p01")
    await tended.road.release(row(1), row(2), row(3, "pile2", "shed2"))

    assert _names(await _sessions(tended, query)) == names


async def test_sessions_come_page_by_page(tended: Town) -> None:
    tended.tending.charges("pile1/p01")
    await tended.road.release(row(1), row(2), row(3))

    pages = [await _sessions(tended, "?limit=2")]
    while pages[-1].next is not None:
        pages.append(await _sessions(tended, f"?limit=2&before={pages[-1].next}"))

    assert [_names(page) for page in pages] == [["s-pile1/p01", "s3"], ["s2", "s1"], []]


async def test_a_page_that_those_that_run_fill_says_that_there_are_more(tended: Town) -> None:
    tended.tending.charges("pile1/p01")
    await tended.road.release(row(1))

    first = await _sessions(tended, "?limit=1")
    second = await _sessions(tended, f"?limit=1&running=false&before={first.next}")

    assert (_names(first), _names(second)) == (["s-pile1/p01"], ["s1"])


async def test_a_rare_session_is_found_though_one_look_does_not_reach_it(
    tended: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LOOKED_AT", 2)
    await tended.road.release(row(1, "pile2", "shed2"), row(2), row(3), row(4))

    pages = [await _sessions(tended, "?room=shed2")]
    while pages[-1].next is not None:
        pages.append(await _sessions(tended, f"?room=shed2&before={pages[-1].next}"))

    assert [_names(page) for page in pages] == [[], ["s1"], []]


async def test_what_a_charger_told_of_without_times_or_energy_is_told_so(tended: Town) -> None:
    await tended.road.release(row(1, began=None, kwh=None, why="unreported", offline=True))

    [session] = (await _sessions(tended)).sessions

    assert (session.began, session.seconds, session.kwh, session.offline) == (None, None, None, True)


async def test_who_is_bound_to_a_grid_sees_the_sessions_of_it_alone(tended: Town) -> None:
    tended.tending.charges("pile2/p01")
    await tended.road.release(row(1), row(2, "pile2", "shed2"))

    found = await _sessions(tended, who="bound")
    async with tended.client("bound") as client:
        answers = [
            await client.get(f"{SESSIONS}?{query}") for query in ("room=shed2", "device=pile2", "device=nothing")
        ]

    assert _names(found) == ["s1"]
    assert [answer.status_code for answer in answers] == [404] * 3
