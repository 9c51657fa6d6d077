"""A running gateway is backed up, its box is lost, and a new one goes on from there: the same alarm, the same answer to it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from bench.children import say
from gateway.keep.site_key import SITE_KEY
from tests.drivers.modbus.servers import Controller, Host
from tests.end_to_end.living import Living, living

if TYPE_CHECKING:
    from pathlib import Path

SYS = 7
FIRE_INPUT = 1 << 3


def config(port: int, folder: Path) -> str:
    device = (
        "{id: d1, product: acp1-2door, unit: 1, serial: 300301, name: 大门, doors: {escape: true, lock: fail_safe}}"
    )
    return (
        f"compound: {{id: c1, name: 小区}}\n"
        f"lines: [{{id: l1, driver: modbus, host: 127.0.0.1, port: {port}, devices: [{device}]}}]\n"
        f"backup: {{key: {{file: {folder}/key}}, to: [{{folder: {folder}/to, same_disk_allowed: true}}]}}\n"
    )


async def the_fire(gateway: Living) -> Any:
    """The fire alarm, once it stands."""

    def fires(body: Any) -> list[Any]:
        return [alarm for alarm in body["alarms"] if alarm["rule"] == "fire_input"]

    return fires(await gateway.until("alarms", lambda body: len(fires(body)) == 1))[0]


async def test_the_same_alarm_stands_on_the_new_box_as_it_was_taken_on_the_old_one(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new, old / "to", old / "stick"):
        folder.mkdir()
    await say("gateway", "backup", "key", f"{old}/key")
    controller = Controller()
    async with Host({1: controller}) as host:
        written = config(host.port, old)
        async with living(old, written) as gateway:
            await gateway.until("devices/d1", lambda body: body["fresh"])
            controller.status[SYS] |= FIRE_INPUT
            controller.show()
            number = (await the_fire(gateway))["number"]
            answer = await gateway.client.post(f"/api/v1/alarms/{number}/ack", json={"note": "马上去"})
            assert answer.status_code == 200
            before = await the_fire(gateway)
            await gateway.until_said("backup made")  # its own first one, which does not know the fire

            site_key = (old / "data" / SITE_KEY).read_bytes()
            await say("gateway", "backup", f"{old}/compound.yaml", "--data", f"{old}/data", "--to", f"{old}/stick")

            assert (await gateway.client.get("/readyz")).status_code == 200
    (backup,) = (old / "stick").glob("*.sealed")
    backup.rename(tmp_path / backup.name)
    (old / "key").rename(tmp_path / "key")
    (old / "token").rename(new / "token")
    shutil.rmtree(old)

    restore = ("--data", f"{new}/data", "--config", f"{new}/etc", "--key", f"{tmp_path}/key")
    said = await say("gateway", "restore", f"{tmp_path}/{backup.name}", *restore)

    assert (new / "etc/compound.yaml").read_text("utf-8") == written
    assert "Backup of c1, made " in said
    assert (new / "data" / SITE_KEY).read_bytes() == site_key  # else no enrolled card would be known any more
    without_its_device = "compound: {id: c1, name: 小区}\n"  # so that nothing but the journal can tell of the fire
    async with living(new, without_its_device) as gateway:
        after = await the_fire(gateway)

    same = ("number", "since", "acked", "acked_by", "note", "latched", "source")
    assert {key: after[key] for key in same} == {key: before[key] for key in same}
    assert after["note"] == "马上去"


async def test_a_gateway_makes_its_own_backups_and_they_can_be_restored(tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    await say("gateway", "backup", "key", f"{tmp_path}/key")
    async with Host({1: Controller()}) as host, living(tmp_path, config(host.port, tmp_path)) as gateway:
        await gateway.until_said("backup made")

    (backup,) = (tmp_path / "to").glob("*.sealed")
    await say("gateway", "restore", str(backup), "--data", f"{tmp_path}/new", "--key", f"{tmp_path}/key")

    assert (tmp_path / "new/journal.db").exists()
