from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.serve import sensor_shapes
from tests.serve.compound import now
from tests.serve.sensing import address

if TYPE_CHECKING:
    import httpx

    from tests.serve.compound import Town

ROUNDS = "/api/v1/rounds"
B1 = {"building": "b1"}


def _round(answer: httpx.Response) -> sensor_shapes.Round:
    assert answer.is_success, answer.text
    return sensor_shapes.Round.model_validate_json(answer.text)


async def test_a_sensor_that_is_pressed_takes_the_next_free_place_and_undo_takes_it_back(town: Town) -> None:
    async with town.client("installer") as client:
        begun = _round(await client.post(ROUNDS, json=B1))
        await town.road.release(*town.watch.press(5, now()))
        pressed = _round(await client.get(f"{ROUNDS}/{begun.id}"))
        undone = _round(await client.post(f"{ROUNDS}/{begun.id}/undo"))

    assert begun.next is not None
    assert (begun.next.id, begun.next.name, begun.next.building_name) == ("b1-1-102-smoke", "102 烟感", "1号楼")
    assert (begun.left, begun.total, begun.actor) == (3, 5, "installer")
    assert [(step.detector, step.name, step.tail) for step in pressed.done] == [("b1-1-102-smoke", "102 烟感", "0005")]
    assert pressed.next is not None
    assert (pressed.next.id, pressed.left) == ("b1-1-102-gas", 2)
    assert (undone.done, undone.left) == ([], 3)


async def test_a_label_is_typed_a_place_is_skipped_and_the_round_ends(town: Town) -> None:
    async with town.client("manager") as client:
        begun = _round(await client.post(ROUNDS, json={**B1, "kinds": ["smoke"]}))
        path = f"{ROUNDS}/{begun.id}"
        taken = _round(await client.post(f"{path}/take", json={"sensor": "s-0004"}))
        skipped = _round(await client.post(f"{path}/skip"))
        ended = _round(await client.delete(path))
        gone = await client.get(path)
        listed = sensor_shapes.Rounds.model_validate_json((await client.get(ROUNDS)).text)

    assert (taken.left, skipped.left) == (1, 0)
    assert [step.tail for step in skipped.done] == ["", "0004"]
    assert skipped.next is None
    assert ended.id == begun.id
    assert (gone.status_code, gone.json()["code"]) == (404, "round_unknown")
    assert listed.rounds == []


async def test_a_sensor_of_another_kind_takes_nothing_and_the_round_says_so(town: Town) -> None:
    async with town.client("installer") as client:
        begun = _round(await client.post(ROUNDS, json=B1))
        town.watch.press(6, now())
        seen = _round(await client.get(f"{ROUNDS}/{begun.id}"))

    assert (seen.note, seen.done) == ("wrong_kind", [])


async def test_where_two_rounds_may_be_meant_a_person_chooses(town: Town) -> None:
    async with town.client("installer") as client:
        first = _round(await client.post(ROUNDS, json={"detectors": ["b1-1-102-smoke"]}))
        second = _round(await client.post(ROUNDS, json={"detectors": ["b1-1-f2-smoke"]}))
        town.watch.press(5, now())
        [candidate] = _round(await client.get(f"{ROUNDS}/{first.id}")).candidates
        taken = _round(await client.post(f"{ROUNDS}/{second.id}/take", json={"sensor": candidate.address}))
        left_over = _round(await client.get(f"{ROUNDS}/{first.id}"))

    assert (candidate.tail, candidate.title, candidate.receiver_name, candidate.rssi) == (
        "0005",
        "烟感",
        "1号楼 弱电间",
        -61,
    )
    assert 0 <= candidate.seconds_ago < 5
    assert [step.detector for step in taken.done] == ["b1-1-f2-smoke"]
    assert left_over.candidates == []


async def test_a_round_goes_where_it_is_told(town: Town) -> None:
    told: list[dict[str, object]] = [
        {"building": "b1", "floor_from": 2},
        {"building": "b1", "floor_to": 1, "kinds": ["gas"]},
        {"building": "b1", "entrance": "1"},
        {"detectors": ["b1-1-102-gas", "b1-1-102-smoke"]},
    ]

    begun = []
    async with town.client("installer") as client:
        for where in told:
            one = _round(await client.post(ROUNDS, json=where))
            begun.append((one.next and one.next.id, one.total))
            await client.delete(f"{ROUNDS}/{one.id}")

    assert begun == [("b1-1-f2-smoke", 1), ("b1-1-102-gas", 2), ("b1-1-102-smoke", 5), ("b1-1-102-gas", 2)]


async def test_a_round_that_leads_nowhere_is_refused(town: Town) -> None:
    refusals: list[tuple[dict[str, object], int, str]] = [
        ({}, 409, "which_detectors"),
        ({"building": "b1", "detectors": ["b1-1-102-gas"]}, 409, "which_detectors"),
        ({"building": "b9"}, 409, "no_detectors"),
        ({"building": "b1", "floor_from": 3}, 409, "no_detectors"),
        ({"detectors": ["b9-9-9-smoke"]}, 404, "detector_unknown"),
        ({"building": "b2"}, 409, "nothing_free"),
        ({"building": "b1", "kinds": ["fire"]}, 422, "invalid"),
    ]

    async with town.client("installer") as client:
        answers = [await client.post(ROUNDS, json=where) for where, _, _ in refusals]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (status, code) for _, status, code in refusals
    ]


async def test_a_round_of_another_grid_is_not_there(town: Town) -> None:
    connection = town.journal.connect()
    connection.execute("UPDATE users SET role = 'installer' WHERE name = 'bound'")
    connection.close()
    async with town.client("manager") as client:
        await client.request("DELETE", "/api/v1/detectors/b2-1-101-smoke/sensor", json={"reason": "装修"})
        there = _round(await client.post(ROUNDS, json={"building": "b2"}))

    async with town.client("bound") as client:
        seen = await client.get(f"{ROUNDS}/{there.id}")
        taken = await client.post(f"{ROUNDS}/{there.id}/take", json={"sensor": address(5)})
        listed = (await client.get(ROUNDS)).json()["rounds"]
        begun = await client.post(ROUNDS, json={"building": "b2"})

    assert (seen.status_code, taken.status_code, listed) == (404, 404, [])
    assert begun.json()["code"] == "no_detectors"
