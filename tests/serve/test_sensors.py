from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from drivers.sealed_key import SensorKeys
from gateway.serve import sensor_shapes
from tests.serve.sensing import KEYS, PRODUCTS, address, key
from tests.serve.sse import streaming

if TYPE_CHECKING:
    import httpx

    from tests.serve.compound import Town

IMPORT = "/api/v1/sensors/import"
HEAD = "address,key,product,label,detector\r\n"
NEW = address(10)
SECRET = "5eC2e7c0ffee5eC2e7c0ffee5eC2e7c0"  # noqa: S105 - nobody's
"""A key that is easily found again wherever it went."""


async def _import(town: Town, text: str, query: str = "", who: str = "installer") -> httpx.Response:
    async with town.client(who) as client:
        return await client.post(f"{IMPORT}{query}", content=text.encode(), headers={"Content-Type": "text/csv"})


def _row(number: int, product: str = "gridpost-smoke", label: str = "", detector: str = "") -> str:
    return f"{address(number)},{key(number).hex()},{product},{label},{detector}\r\n"


async def test_a_list_of_sensors_is_taken_whole_and_again_changes_nothing(town: Town) -> None:
    text = HEAD + _row(10, label="S-10", detector="b1-1-102-smoke") + _row(11, "gridpost-gas")

    first = await _import(town, text)
    again = await _import(town, text)

    assert sensor_shapes.ImportedSensors.model_validate_json(first.text).model_dump() == {
        "rows": 2,
        "new": 2,
        "changed": 0,
        "unchanged": 0,
        "mounted": 1,
    }
    assert again.json() == {"rows": 2, "new": 0, "changed": 0, "unchanged": 2, "mounted": 0}
    kept = town.watch.register.sensors[NEW]
    assert (kept.detector, kept.mounted_by) == ("b1-1-102-smoke", "installer")
    assert KEYS.open(NEW, kept.sealed_key) == key(10)


async def test_a_dry_run_says_what_would_be_and_changes_nothing(town: Town) -> None:
    answer = await _import(town, HEAD + _row(10), "?dry=true")

    assert answer.json() == {"rows": 1, "new": 1, "changed": 0, "unchanged": 0, "mounted": 0}
    assert town.road.acts == []
    assert NEW not in town.watch.register.sensors


@pytest.mark.parametrize("query", ["", "?dry=true"])
async def test_a_list_with_bad_rows_changes_nothing_and_every_bad_row_is_listed(town: Town, query: str) -> None:
    rows = [
        _row(10),
        _row(11, detector="b1-1-101-smoke"),
        f"nonsense,{SECRET},gridpost-smoke,,\r\n",
        _row(12, "shelly"),
        _row(13, "gridpost-gas", detector="b1-1-102-smoke"),
        _row(14, detector="b1-1-102-gas"),
    ]

    answer = await _import(town, HEAD + "".join(rows), query)
    problem = answer.json()

    assert (answer.status_code, problem["code"]) == (409, "sensors_wrong")
    assert [one.partition(":")[0] for one in problem["details"]] == ["row 3", "row 4", "row 5", "row 6", "row 7"]
    assert "take it down first" in problem["details"][0]
    assert town.road.acts == []
    assert NEW not in town.watch.register.sensors


async def test_a_list_of_another_grid_is_refused_whole(town: Town) -> None:
    connection = town.journal.connect()
    connection.execute("UPDATE users SET role = 'installer' WHERE name = 'bound'")
    connection.close()

    answer = await _import(town, HEAD + f"{address(3)},,,renamed,\r\n", who="bound")

    assert (answer.status_code, answer.json()["code"]) == (403, "grid")


async def test_a_list_without_rows_is_nothing(town: Town) -> None:
    answer = await _import(town, HEAD)

    assert answer.json() == {"rows": 0, "new": 0, "changed": 0, "unchanged": 0, "mounted": 0}
    assert town.road.acts == []


LEAKY = (
    f"{HEAD}{NEW},{SECRET}9,gridpost-smoke,,\r\n",
    f"{HEAD}{SECRET},{NEW},gridpost-smoke,,\r\n",
    f"{HEAD}{NEW},{SECRET},{SECRET},,\r\n",
    f"{HEAD}{NEW},{SECRET},gridpost-smoke,{SECRET},\r\n",
    f"{HEAD}{NEW},{SECRET},gridpost-smoke,,{SECRET}\r\n",
    f"{HEAD}{NEW},{SECRET},gridpost-gas,,b1-1-102-smoke\r\n",
    f"{HEAD}{NEW},{SECRET},gridpost-smoke,,b1-1-101-smoke\r\n",
    f'{HEAD}{NEW},"{SECRET},gridpost-smoke,,\r\n',
    f"{NEW},{SECRET},gridpost-smoke,,\r\n",
    f"{HEAD}{NEW},{SECRET},gridpost-smoke,S-10,b1-1-102-smoke\r\n",
)
"""Lists with a key in every wrong place, and last one that is right."""


async def test_a_key_is_nowhere_in_what_comes_out(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    async with streaming(town, "overview", "device:b1-1-102-smoke") as events, town.client("administrator") as client:

        async def ask(method: str, path: str, **body: str) -> None:
            said.append((await client.request(method, f"/api/v1/{path}", json=body or None)).text)

        said.append(repr(await events.next("snapshot")))
        for text in LEAKY:
            said += [(await _import(town, text, query)).text for query in ("?dry=true", "")]
        for path in ("sensors", "detectors", "detectors/b1-1-102-smoke", "events?limit=1000", "strangers", "lines"):
            await ask("GET", path)
        await ask("POST", "detectors/b1-1-102-gas/sensor", sensor=SECRET, reason=SECRET)
        await ask("POST", "rounds", building="b1")
        await ask("POST", "rounds/r1/take", sensor=SECRET)
        await ask("DELETE", f"sensors/{address(4)}", reason=SECRET)
    connection = town.journal.connect()
    for table in ("log", "remembered", "events"):
        said += [repr(row) for row in connection.execute(f"SELECT * FROM {table}")]  # noqa: S608 - words of ours
    connection.close()
    said += [record.getMessage() for record in caplog.records if not record.name.startswith("http")]  # the client's own
    said += [repr(town.road.acts), repr(town.watch.register.sensors)]

    assert NEW in town.watch.register.sensors
    assert [text for text in said if SECRET.lower()[:31] in text.lower()] == []


async def test_a_key_that_was_sealed_elsewhere_is_changed_by_its_list(town: Town) -> None:
    foreign = SensorKeys(b"another site").seal(NEW, key(10))
    await _import(town, HEAD + _row(10))
    sensors = town.watch.register.sensors
    before = sensors[NEW].sealed_key

    answer = await _import(town, HEAD + f"{NEW},{SECRET},gridpost-smoke,,\r\n")

    assert answer.json()["changed"] == 1
    assert sensors[NEW].sealed_key not in {before, foreign}


async def test_the_stock_is_listed_and_searched(town: Town) -> None:
    async with town.client("manager") as client:
        everything = sensor_shapes.Stock.model_validate_json((await client.get("/api/v1/sensors")).text)
        labelled = (await client.get("/api/v1/sensors?q=s-0004")).json()
        few = (await client.get("/api/v1/sensors?limit=1")).json()

    assert [(one.tail, one.kind, one.title) for one in everything.sensors] == [
        ("0004", "smoke", "烟感"),
        ("0005", "smoke", "烟感"),
        ("0006", "gas", "燃气探测器"),
    ]
    assert [one["address"] for one in labelled["sensors"]] == [address(4)]
    assert (len(few["sensors"]), few["total"]) == (1, 3)


async def test_a_sensor_whose_product_nobody_describes_any_more_is_listed_all_the_same(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(PRODUCTS, "gridpost-gas")

    async with town.client("manager") as client:
        last = sensor_shapes.Stock.model_validate_json((await client.get("/api/v1/sensors")).text).sensors[-1]

    assert (last.kind, last.title) == (None, "gridpost-gas")


async def test_a_sensor_leaves_the_stock_and_one_that_hangs_somewhere_does_not(town: Town) -> None:
    async with town.client("manager") as client:
        gone = await client.request("DELETE", f"/api/v1/sensors/{address(4).lower()}", json={"reason": "坏了"})
        hangs = await client.request("DELETE", f"/api/v1/sensors/{address(1)}", json={"reason": "坏了"})

    assert sensor_shapes.DroppedSensor.model_validate_json(gone.text).address == address(4)
    assert address(4) not in town.watch.register.sensors
    assert (hangs.status_code, hangs.json()["code"]) == (409, "sensors_wrong")
