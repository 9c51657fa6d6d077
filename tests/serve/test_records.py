from __future__ import annotations

from drivers.contract import Link
from gateway.model import LinkSaid, Place
from gateway.serve import shapes
from tests.serve.compound import Town, forced


async def test_events_are_read_on_from_where_one_stopped(town: Town) -> None:
    async with town.client("auditor") as client:
        first = shapes.Events.model_validate_json((await client.get("/api/v1/events?limit=3")).text)
        rest = shapes.Events.model_validate_json((await client.get(f"/api/v1/events?after={first.next}")).text)
        none = shapes.Events.model_validate_json((await client.get(f"/api/v1/events?after={rest.next}")).text)

    seqs = [event.seq for event in (*first.events, *rest.events)]
    assert seqs == list(range(1, len(seqs) + 1))
    assert (none.events, none.next) == ([], rest.next)


async def test_events_of_one_kind_are_read_alone(town: Town) -> None:
    await town.road.raise_alarm(forced(1))

    async with town.client("manager") as client:
        events = (await client.get("/api/v1/events?kind=alarm")).json()["events"]

    assert [event["kind"] for event in events] == ["alarm"]
    assert events[0]["body"]["alarm"]["number"] == 1


async def test_an_actor_bound_to_a_grid_reads_rows_of_that_grid_alone(town: Town) -> None:
    connection = town.journal.connect()
    connection.execute("UPDATE users SET role = 'manager' WHERE name = 'bound'")
    connection.close()
    await town.road.raise_alarm(forced(1))
    await town.road.raise_alarm(forced(2, place=Place("b2", "1", "", "g2")))

    async with town.client("bound") as client:
        answer = (await client.get("/api/v1/events?limit=1000")).json()

    subjects = {event["subject"] for event in answer["events"]}
    assert subjects == {"b1u1", "b1u2", "rx1", forced(1).key}
    assert answer["next"] == town.hub.seq, "rows that are not shown are passed over, not asked for again"


async def test_lines_show_their_address_link_and_the_drivers_numbers(town: Town) -> None:
    await town.road.release(LinkSaid("south", is_line=True, link=Link.LOST, why="refused"))

    async with town.client("staff") as client:
        lines = shapes.Lines.model_validate_json((await client.get("/api/v1/lines")).text)

    north, south, _air = lines.lines
    assert (north.id, north.driver, north.address, north.link, north.devices, north.statistics) == (
        "north",
        "modbus",
        "10.0.0.5:502",
        "up",
        2,
        {"late": 3.0},
    )
    assert (south.link, south.why, south.statistics) == ("lost", "refused", {})
