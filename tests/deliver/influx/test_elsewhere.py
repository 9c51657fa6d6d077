"""An InfluxDB 2 or 3 that nobody can start here: run against yours by naming it.

    GRIDPOST_INFLUX_URL GRIDPOST_INFLUX_TOKEN GRIDPOST_INFLUX_BUCKET GRIDPOST_INFLUX_ORG GRIDPOST_INFLUX_DIALECT (v2 or v3)

The token may read and write. Of the bucket or database nothing is deleted; the tests write a measurement with a new name.
"""

from __future__ import annotations

import csv
import io
import os
import time
import uuid
from typing import TYPE_CHECKING

import httpx
import pytest

from gateway.deliver.influx.config import InfluxConfig
from tests.deliver.influx.wired import wired

if TYPE_CHECKING:
    from pathlib import Path

URL = os.environ.get("GRIDPOST_INFLUX_URL", "")
TOKEN = os.environ.get("GRIDPOST_INFLUX_TOKEN", "")
BUCKET = os.environ.get("GRIDPOST_INFLUX_BUCKET", "gridpost")
ORG = os.environ.get("GRIDPOST_INFLUX_ORG", "gridpost")
DIALECT = os.environ.get("GRIDPOST_INFLUX_DIALECT", "v2")

pytestmark = pytest.mark.skipif(
    not URL,
    reason="InfluxDB 2 and 3 are not among Debian's packages: name yours by GRIDPOST_INFLUX_URL and its siblings",
)


def elsewhere() -> InfluxConfig:
    place = {"bucket": BUCKET, "org": ORG} if DIALECT == "v2" else {"database": BUCKET}
    token = {"env": "GRIDPOST_INFLUX_TOKEN"} if TOKEN else None
    written = {"id": "influx", "kind": "influxdb", "url": URL, "dialect": DIALECT, "token": token, **place}
    return InfluxConfig.model_validate(written)


async def numbers(measurement: str) -> list[int]:
    """What is stored, by Flux or by SQL."""
    async with httpx.AsyncClient(base_url=URL, headers={"Authorization": f"Token {TOKEN}"}) as client:
        if DIALECT == "v3":
            query = {"db": BUCKET, "q": f'SELECT n FROM "{measurement}" WHERE n IS NOT NULL', "format": "json"}  # noqa: S608 - a name of our own
            answer = await client.get("/api/v3/query_sql", params=query)
            answer.raise_for_status()
            return sorted(row["n"] for row in answer.json())
        flux = f'from(bucket: "{BUCKET}") |> range(start: -1h) |> filter(fn: (r) => r._measurement == "{measurement}"'
        headers = {"Content-Type": "application/vnd.flux", "Accept": "application/csv"}
        answer = await client.post(
            "/api/v2/query", params={"org": ORG}, headers=headers, content=f'{flux} and r._field == "n")'
        )
        answer.raise_for_status()
        rows = csv.DictReader(io.StringIO(answer.text))
        return sorted(int(row["_value"]) for row in rows if row.get("_field") == "n")


async def test_what_was_told_is_there_and_a_bad_line_is_set_aside(tmp_path: Path) -> None:
    measurement = f"gridpost-test-{uuid.uuid4().hex[:12]}"
    async with wired(tmp_path) as house:
        async with house.outlet(elsewhere()) as outlet:
            for n in range(1000):
                ns = time.time_ns()
                house.outbox.append(b"%b,device=d%d n=%di %d\n" % (measurement.encode(), n % 10, n, ns), 1, ns)
                if n == 500:
                    house.put(b"%b,device=d0 n=maybe 5\n" % measurement.encode())
            await house.stored()
        aside = await house.outbox.quarantined("influx")

    assert await numbers(measurement) == list(range(1000))
    assert [q.line.rstrip() for q in aside] == [b"%b,device=d0 n=maybe 5" % measurement.encode()]
    assert outlet.standing.refused == 1


async def test_a_field_of_another_type_is_set_aside(tmp_path: Path) -> None:
    measurement = f"gridpost-test-{uuid.uuid4().hex[:12]}"
    async with wired(tmp_path) as house:
        async with house.outlet(elsewhere()):
            house.put(b"%b,device=d0 n=1i %d\n" % (measurement.encode(), time.time_ns()))
            await house.stored()
            house.put(b"%b,device=d1 n=2.5 %d\n" % (measurement.encode(), time.time_ns()))
            house.put(b"%b,device=d2 n=3i %d\n" % (measurement.encode(), time.time_ns()))
            await house.stored()
        aside = await house.outbox.quarantined("influx")

    assert await numbers(measurement) == [1, 3]
    assert [q.line.split()[1] for q in aside] == [b"n=2.5"]
