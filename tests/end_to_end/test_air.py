"""A real gateway that hears real packets through a simulated proxy: what must not fool it does not, also across `kill -9`."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator import bthome
from simulator.proxy import Heard, Proxy
from tests.end_to_end.living import LIMIT_SECONDS, living
from tests.end_to_end.test_wrong_ways import Block, heard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.end_to_end.living import Living

FLATS = ("101", "102", "201", "202")
SMOKE = {flat: f"b1-1-{flat}-smoke" for flat in FLATS}
CALM = ((bthome.BATTERY, 90), (bthome.TEMPERATURE, 22.5), (bthome.LOW_BATTERY, False), (bthome.SMOKE, False))
FIRE = (*CALM[:-1], (bthome.SMOKE, True))


@dataclass(slots=True)
class Air:
    """A proxy, and the sensors that it hears."""

    proxy: Proxy
    port: int
    beacons: dict[str, bthome.Beacon] = field(default_factory=dict)
    keys: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, address: str) -> None:
        self.keys[name] = secrets.token_bytes(16)
        self.beacons[name] = bthome.Beacon(address, self.keys[name], counter=1000)

    def say(self, name: str, objects: tuple[tuple[int, Any], ...]) -> bytes:
        """A sensor's next packet, heard now; returns its service data for who recorded it."""
        packet = self.beacons[name].packet(objects)
        self.play(name, packet)
        return packet

    def play(self, name: str, packet: bytes) -> None:
        """Somebody sends these bytes under a sensor's address."""
        mac = int.from_bytes(self.beacons[name].mac, "big")
        self.proxy.send([Heard(mac, -60, bthome.advertisement(packet))])

    def csv(self, *, hanging: bool) -> str:
        rows = ["address,key,product,label,detector"]
        for name, beacon in self.beacons.items():
            detector = SMOKE[name] if hanging else ""
            rows.append(f"{beacon.address},{self.keys[name].hex()},gridpost-smoke,L{name},{detector}")
        return "\n".join(rows) + "\n"

    def config(self, block: Block) -> str:
        buildings = "[{id: b1, name: 1号楼, units: 1, floors: 2, flats_per_floor: 2}]"
        doors = block.config().replace("[{id: b1, name: 1号楼}]", buildings)
        return (
            f"{doors}  - {{id: air, driver: ble, devices: [{{id: rx-1, proxy: '127.0.0.1:{self.port}', building: b1}}]}}\n"
            "detectors: [{line: air, where: flats, kinds: [smoke]}]\n"
        )


@asynccontextmanager
async def a_block_with_sensors() -> AsyncIterator[tuple[Air, Block]]:
    async with AsyncExitStack() as life:
        proxy = Proxy("rx-1")
        port = await proxy.open()
        life.push_async_callback(proxy.close)
        air, block = Air(proxy, port), Block()
        await block.build(life)
        for number, flat in enumerate(FLATS, start=1):
            air.add(flat, f"A4:C1:38:00:00:{number:02X}")
        yield air, block


async def brought(gateway: Living, air: Air, *, hanging: bool) -> dict[str, Any]:
    answer = await gateway.client.post(
        "/api/v1/sensors/import", content=air.csv(hanging=hanging), headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def listening(air: Air) -> None:
    async with asyncio.timeout(LIMIT_SECONDS):
        while air.proxy.subscriber is None:
            await asyncio.sleep(0.02)


async def all_heard(gateway: Living, air: Air) -> None:
    """Every sensor speaks until the gateway knows all of them."""
    await listening(air)
    for flat in FLATS:
        air.say(flat, CALM)
    await gateway.until("detectors", lambda body: {each["state"] for each in body["detectors"]} == {"heard"})


async def alarms(gateway: Living) -> dict[str, dict[str, Any]]:
    return {f"{alarm['rule']}@{alarm['source']}": alarm for alarm in (await gateway.get("alarms"))["alarms"]}


async def raised(gateway: Living, key: str) -> dict[str, Any]:
    await gateway.until("alarms", lambda body: key in {f"{a['rule']}@{a['source']}" for a in body["alarms"]})
    return (await alarms(gateway))[key]


async def answered_and_gone(gateway: Living, alarm: dict[str, Any]) -> None:
    """Take and reset a latched alarm, so that the next one of its kind can be told from it."""
    for act in ("ack", "reset"):
        answer = await gateway.client.post(f"/api/v1/alarms/{alarm['number']}/{act}", json={"note": "查看过"})
        assert answer.status_code == 200, answer.text


async def test_a_replayed_all_clear_clears_nothing_though_the_gateway_is_killed_and_the_counters_are_far_apart(
    tmp_path: Path,
) -> None:
    async with a_block_with_sensors() as (air, block):
        source = f"{SMOKE['101']}/smoke"
        attack = f"radio_attack@{SMOKE['101']}"
        async with living(tmp_path, air.config(block)) as gateway:
            assert (await brought(gateway, air, hanging=True))["mounted"] == 4
            await all_heard(gateway, air)
            captured = air.say("101", CALM)
            air.say("101", FIRE)
            assert (await raised(gateway, f"smoke@{source}"))["active"]

            await asyncio.sleep(11)  # past the time in which a copy may come late from another receiver
            air.play("101", captured)
            await raised(gateway, attack)
            air.beacons["101"].counter += 50_000
            air.say("101", FIRE)
            air.play("101", captured)
            await gateway.until("detectors/" + SMOKE["101"], lambda body: body["statistics"].get("replay") == 2)
            assert (await alarms(gateway))[f"smoke@{source}"]["active"]
            gateway.process.kill()

        async with living(tmp_path, air.config(block)) as gateway:
            await answered_and_gone(gateway, await raised(gateway, attack))
            await listening(air)
            air.play("101", captured)
            await raised(gateway, attack)
            assert (await alarms(gateway))[f"smoke@{source}"]["active"]

            air.say("101", CALM)
            await gateway.until("detectors/" + SMOKE["101"], lambda body: body["points"]["smoke"]["value"] is False)


async def test_forged_smoke_is_told_as_unproved_and_opens_no_door(tmp_path: Path) -> None:
    async with a_block_with_sensors() as (air, block):
        releasing = (
            "rules: {smoke: {priority: 1, priority_common: 1}}\neffects: {smoke: {when: [smoke], release: building}}\n"
        )
        async with living(tmp_path, air.config(block) + releasing) as gateway:
            await brought(gateway, air, hanging=True)
            await heard(gateway, "b1u1", "b1u2")
            await all_heard(gateway, air)

            for flat in ("101", "202"):  # two of them, where one proved one would release
                air.play(flat, bthome.plain(bthome.body(FIRE)))
                unproved = await raised(gateway, f"unverified_alarm@{SMOKE[flat]}")
                assert unproved["latched"]
            assert not any(key.startswith("smoke@") for key in await alarms(gateway))
            assert not any(door.released for box in block.boxes.values() for door in box.doors)

            air.say("101", FIRE)
            async with asyncio.timeout(LIMIT_SECONDS):
                while not block.boxes["b1u1"].doors[0].released:
                    await asyncio.sleep(0.02)


async def test_an_installer_walks_and_the_sensor_that_is_pressed_takes_the_next_flat(tmp_path: Path) -> None:
    async with a_block_with_sensors() as (air, block), living(tmp_path, air.config(block)) as gateway:
        assert (await brought(gateway, air, hanging=False))["new"] == 4
        await listening(air)
        begun = await gateway.client.post(
            "/api/v1/rounds",
            json={"building": "b1", "entrance": "1", "floor_from": 1, "floor_to": 2, "kinds": ["smoke"]},
        )
        assert begun.status_code in {200, 201}, begun.text
        path = f"rounds/{begun.json()['id']}"

        air.say("202", ((bthome.BUTTON, bthome.PRESSED),))  # whichever is at hand
        await gateway.until(path, lambda body: [each["detector"] for each in body["done"]] == [SMOKE["101"]])
        air.say("101", ((bthome.BUTTON, bthome.PRESSED),))
        await gateway.until(path, lambda body: len(body["done"]) == 2)
        undone = await gateway.client.post(f"/api/v1/{path}/undo")
        assert undone.status_code == 200, undone.text

        assert (await gateway.get(path))["next"]["id"] == SMOKE["102"]
        assert (await gateway.get("detectors/" + SMOKE["101"]))["sensor"]["tail"] == "0004"
        assert (await gateway.get("detectors/" + SMOKE["102"]))["sensor"] is None
        assert not any(air.keys[flat].hex() in gateway.said.decode() for flat in FLATS)


async def test_a_list_with_one_bad_row_takes_nothing(tmp_path: Path) -> None:
    async with a_block_with_sensors() as (air, block), living(tmp_path, air.config(block)) as gateway:
        rows = air.csv(hanging=True).replace(air.keys["201"].hex(), air.keys["201"].hex()[:-2])

        answer = await gateway.client.post("/api/v1/sensors/import", content=rows, headers={"Content-Type": "text/csv"})

        assert answer.status_code == 409
        assert "4" in answer.json()["details"][0]  # the line of the file
        assert air.keys["201"].hex()[:-2] not in answer.text
        assert (await gateway.get("detectors/counts"))["all"]["mounted"] == 0
