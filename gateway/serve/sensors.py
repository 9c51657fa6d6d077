"""Sensors: the stock, the supplier's list that fills it, and those that leave it. Keys come in by the list, and no further."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query

from gateway.detecting import DropSensors, ImportSensors, StockSensor
from gateway.keep.sensor_csv import Known, SensorFile, read_sensors
from gateway.model import Refused
from gateway.serve import sensor_shapes
from gateway.serve.acts import refusal, walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.detector_asks import (  # noqa: TC001 - FastAPI reads annotations at run time
    DropBody,
    SensorAddress,
    SensorsImportQuery,
    StockQuery,
)
from gateway.serve.problems import Problem

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.decide.detectors.sensor import Sensor
    from gateway.serve.views import Body

WRONG = "sensors_wrong"
"""The code of what is wrong with the rows of a list, here and in decide."""

_ROW = re.compile(r"row (\d+)")


async def stock(ask: Asking, query: Annotated[StockQuery, Query()]) -> Response:
    """Sensors that hang nowhere, by address."""
    register = ask.house.detector_keeper.detectors.register
    words = query.q.casefold()
    found = [sensor for sensor in register.sensors.values() if sensor.in_stock and _says(sensor, words)]
    found.sort(key=lambda sensor: sensor.address)
    return answer({"sensors": [_body(ask, sensor) for sensor in found[: query.limit]], "total": len(found)})


async def import_sensors(ask: Asking, query: Annotated[SensorsImportQuery, Query()]) -> Response:
    """Take a list of sensors, all or nothing; everything that is wrong with it is listed row by row.

    Its columns: address, key, product, label, and where it hangs already: detector, or building, entrance, flat and kind. Keys
    are sealed at once and are told to nobody. With `dry` nothing is changed.
    """
    keeper, data = ask.house.detector_keeper, await ask.request.body()
    register = keeper.detectors.register
    known = Known(
        {sensor.address: _known(sensor) for sensor in register.sensors.values()},
        {name: product.kind for name, product in keeper.products().items()},
        ask.house.hub.views.layout.detectors,
    )
    with ask.house.works.doing("import", "sensors", ask.house.now().utc, by=ask.actor.id) as work:
        file = await asyncio.to_thread(read_sensors, data, keeper.keys, known)
        act = ImportSensors(ask.actor, file.sensors, query.dry)
        found = register.weigh(act, ask.house.now())
        if isinstance(found, Refused) and found.code != WRONG:
            raise refusal(found)
        if file.findings or isinstance(found, Refused):
            raise _wrong(file, found.details if isinstance(found, Refused) else ())
        counts = {"new": found.new, "changed": found.changed, "unchanged": found.unchanged, "mounted": found.mounted}
        if file.sensors and not query.dry:
            await walk(ask, act)
        work.done = work.total = len(file.sensors)
    return answer({"rows": len(file.sensors), **counts})


async def drop_sensor(ask: Asking, address: SensorAddress, body: DropBody) -> Response:
    """Take a sensor out of the stock for good."""
    await walk(ask, DropSensors(ask.actor, (address.upper(),), body.reason))
    return answer({"address": address.upper()})


def _says(sensor: Sensor, words: str) -> bool:
    return not words or any(words in text.casefold() for text in (sensor.address, sensor.label, sensor.product))


def _body(ask: Ask, sensor: Sensor) -> Body:
    """One sensor. Its key stays here, sealed as it is."""
    product = ask.house.detector_keeper.products().get(sensor.product)
    return {
        "address": sensor.address,
        "tail": sensor.tail,
        "product": sensor.product,
        "title": product.title if product else sensor.product,
        "kind": product.kind if product else None,
        "label": sensor.label,
    }


def _known(sensor: Sensor) -> StockSensor:
    return StockSensor(sensor.address, sensor.product, sensor.sealed_key, sensor.label, sensor.detector)


def _wrong(file: SensorFile, refused: tuple[str, ...]) -> Problem:
    """What is wrong with the list, row by row. Decide names a sensor by its address: it stands in one row."""
    details = [*file.findings]
    for sentence in refused:
        row = file.rows.get(sentence.partition(":")[0])
        details.append(f"row {row}: {sentence}" if row else sentence)
    details.sort(key=_row)
    return Problem(409, WRONG, f"{len(details)} things are wrong; nothing was changed", details=details)


def _row(finding: str) -> int:
    found = _ROW.match(finding)
    return int(found[1]) if found else 0


_SENSORS = "/api/v1/sensors"
_CSV: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}}}
_ACT: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of sensors."""
    router.add_api_route(_SENSORS, stock, response_model=sensor_shapes.Stock)
    router.add_api_route(
        f"{_SENSORS}/import",
        import_sensors,
        methods=["POST"],
        response_model=sensor_shapes.ImportedSensors,
        responses=_ACT,
        openapi_extra={"requestBody": {"required": True, "content": _CSV}},
    )
    path, shape = f"{_SENSORS}/{{address}}", sensor_shapes.DroppedSensor
    router.add_api_route(path, drop_sensor, methods=["DELETE"], response_model=shape, responses=_ACT)
