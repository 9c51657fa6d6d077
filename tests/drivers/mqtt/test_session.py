"""What a session keeps, how it is lost, and who may have it: against a real broker."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiomqtt
import pytest

from drivers.contract import LineLost, Misconfigured
from drivers.mqtt import gaps, stay
from tests.drivers.mqtt.boxes import burst, hand, line, said, speaking, topic
from tests.drivers.mqtt.certificates import Authority
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import running, until
from tests.servers.mosquitto import Mosquitto

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.mqtt.driver import MqttLine

OPENED = {"e": "opened", "c": "c01", "by": "code"}
STATE = {"temp": 20.0, "c": {"c01": [False], "c02": [False]}}
VERSIONS = pytest.mark.parametrize("version", ["5", "3.1.1"])


async def connected(driver: MqttLine, client: aiomqtt.Client) -> None:
    await client.publish(topic("d1", "lwt"), b"online", 1, retain=True)
    await until(lambda: driver.statistics()["messages"] >= 1)


# ---------------------------------------------------------------- what is kept


@VERSIONS
async def test_what_was_not_on_disk_comes_again_and_counts_once(broker: Mosquitto, version: str) -> None:
    post, config = RecordingPost(), line(broker.port, "d1", version=version)
    async with hand(broker.port) as client:
        first = config.build()
        async with running(first, post):
            await connected(first, client)
            await burst(client, topic("d1", "event"), *(said(number, OPENED) for number in range(1, 31)))
            await until(lambda: len(post.events()) == 30)
            post.disk_writes.clear()
            await burst(client, topic("d1", "event"), *(said(number, OPENED) for number in range(31, 61)))
            await until(lambda: first.statistics()["owed"] == 30)
        post.disk_writes.set()
        second = config.build()
        async with running(second, post):
            await until(lambda: second.statistics()["messages"] >= 30)
            await until(lambda: second.statistics()["owed"] == 0 and second.statistics()["waiting"] == 0)

    assert [event.sequence for event in post.events()] == list(range(1, 61))
    assert second.statistics()["again"] == 0


@VERSIONS
async def test_what_came_while_we_were_away_comes_in_its_order(broker: Mosquitto, version: str) -> None:
    post, config = RecordingPost(), line(broker.port, "d1", version=version)
    async with hand(broker.port) as client:
        first = config.build()
        async with running(first, post):
            await connected(first, client)
        await burst(client, topic("d1", "event"), *(said(number, OPENED) for number in range(1, 101)))
        async with running(config.build(), post):
            await until(lambda: len(post.events()) == 100)

    assert [event.sequence for event in post.events()] == list(range(1, 101))


async def test_a_disk_that_stands_still_does_not_keep_the_run_from_ending(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with hand(broker.port) as client, running(driver, post) as task:
        await connected(driver, client)
        post.disk_writes.clear()
        await client.publish(topic("d1", "event"), said(1, OPENED), 1)
        await until(lambda: driver.statistics()["batches"] and driver.statistics()["owed"])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 1)


async def test_more_than_the_disk_can_take_stays_with_the_broker(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stay, "OWED_LIMIT", 50)
    monkeypatch.setattr(stay, "STEP_SECONDS", 0.01)
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with hand(broker.port) as client, running(driver, post):
        await connected(driver, client)
        post.disk_writes.clear()
        await burst(client, topic("d1", "event"), *(said(number, OPENED) for number in range(1, 401)))
        await until(lambda: driver.statistics()["pauses"])
        owed = driver.statistics()["owed"]
        post.disk_writes.set()
        await until(lambda: len(post.events()) == 400)

    assert owed < 400
    assert [event.sequence for event in post.events()] == list(range(1, 401))


# ---------------------------------------------------------------- how it is lost


async def test_a_broker_that_dies_is_lost_and_its_return_brings_the_state_and_names_the_gap(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "GRACE_SECONDS", 0.1)
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with speaking(broker.port, "d1") as boxes:
        box = boxes.boxes["d1"]
        async with running(driver, post) as task:
            await until(lambda: len(post.samples("d1", 1)) > 3)
            await broker.kill()
            with pytest.raises(LineLost, match="closed the connection"):
                await asyncio.wait_for(task, 5)
        box.open = True
        box.seq += 5  # what it said into the void
        await broker.start()
        async with running(driver, post):
            await until(lambda: post.samples("d1", 1)[-1].values == (True,))
            await until(post.events)

    (lost,) = post.events()
    assert (lost.kind, lost.body["why"]) == ("messages_lost", "they came while we were not connected")
    assert lost.body["to"] - lost.body["from"] >= 4


async def test_a_broker_that_forgot_us_says_that_a_device_may_have_said_more(tmp_path: Path) -> None:
    post = RecordingPost()
    async with Mosquitto(tmp_path) as broker:
        driver = line(broker.port, "d1", product="test-boxes-plain").build()
        async with running(driver, post) as task, hand(broker.port) as client:
            await connected(driver, client)
            await client.publish(topic("d1", "event"), b'{"e":"rang","t":1}', 1)
            await until(post.events)
            await broker.kill()
            with pytest.raises(LineLost):
                await asyncio.wait_for(task, 5)
        await broker.start()
        async with running(driver, post):
            await until(lambda: len(post.events()) == 2)

    assert post.events()[-1].kind == "messages_lost"
    assert post.events()[-1].body["why"] == "the broker did not keep what came while we were not connected"


@VERSIONS
async def test_another_client_with_our_name_is_a_matter_for_a_person(broker: Mosquitto, version: str) -> None:
    driver = line(broker.port, "d1", version=version).build()
    ends: list[BaseException | None] = []
    for _ in range(3):
        async with running(driver, RecordingPost()) as task, hand(broker.port) as client:
            heard = driver.statistics()["messages"]
            await client.publish(topic("d1", "lwt"), b"online", 1, retain=True)
            await until(lambda heard=heard: driver.statistics()["messages"] > heard)  # type: ignore[misc]  # a bound default
            async with hand(broker.port, identifier="gridpost-line"):
                await asyncio.wait([task], timeout=5)
            ends.append(task.exception())

    assert [type(end) for end in ends] == [LineLost, LineLost, Misconfigured]
    assert "does another client use our client id gridpost-line?" in str(ends[-1])


async def test_a_broker_that_is_not_there_is_lost_in_one_sentence(broker: Mosquitto) -> None:
    await broker.kill()

    with pytest.raises(LineLost, match=rf"the broker at 127\.0\.0\.1:{broker.port} cannot be reached \(.*refused\)"):
        await line(broker.port, "d1").build().run(RecordingPost())


# ---------------------------------------------------------------- who may have it


async def test_a_wrong_password_is_a_matter_for_a_person_and_is_read_anew_each_time(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("gridpost:right\n")
    (tmp_path / "secret").write_text("wrong\n")
    program = await asyncio.create_subprocess_exec("mosquitto_passwd", "-U", str(users))
    assert await program.wait() == 0
    settings = f"allow_anonymous false\npassword_file {users}"
    login: dict[str, Any] = {"username": "gridpost", "password": {"file": str(tmp_path / "secret")}}
    us = {"username": "gridpost", "password": "right"}
    async with Mosquitto(tmp_path / "broker", settings) as broker:
        driver = line(broker.port, "d1", **login).build()
        with pytest.raises(
            Misconfigured, match=r"refused the connection: (not authorized|wrong user name or password)"
        ):
            await asyncio.wait_for(driver.run(RecordingPost()), 5)
        (tmp_path / "secret").unlink()
        with pytest.raises(Misconfigured, match=r"is not to be had: the file .* cannot be read"):
            await driver.run(RecordingPost())
        (tmp_path / "secret").write_text("right\n")
        async with (
            running(driver, RecordingPost()) as task,
            hand(broker.port, **us) as c,
        ):
            await connected(driver, c)
            assert not task.done()


@VERSIONS
async def test_both_sides_prove_who_they_are_by_certificates(tmp_path: Path, version: str) -> None:
    ours, strangers = Authority(tmp_path / "ours"), Authority(tmp_path / "strangers")
    certificate, key = ours.sign("broker")
    us = ours.sign("gridpost")
    settings = (
        f"allow_anonymous true\ncafile {ours.ca}\ncertfile {certificate}\nkeyfile {key}\nrequire_certificate true"
    )
    with_us = {"ca": ours.ca, "certificate": us[0], "key": us[1]}
    async with Mosquitto(tmp_path / "broker", settings) as broker:
        driver = line(broker.port, "d1", version=version, tls=with_us).build()
        post = RecordingPost()
        tls = aiomqtt.TLSParameters(ca_certs=str(ours.ca), certfile=str(us[0]), keyfile=str(us[1]))
        async with running(driver, post), hand(broker.port, tls_params=tls) as client:
            await connected(driver, client)
            await burst(client, topic("d1", "event"), *(said(number, OPENED) for number in range(1, 101)))
            await until(lambda: len(post.events()) == 100)

        unknown = line(broker.port, "d1", version=version, tls={**with_us, "ca": strangers.ca}).build()
        with pytest.raises(Misconfigured, match=r"is not believed: .*check `tls: ca` and `host`"):
            await asyncio.wait_for(unknown.run(RecordingPost()), 5)
        nameless = line(broker.port, "d1", version=version, tls={"ca": ours.ca}).build()
        with pytest.raises(LineLost):
            await asyncio.wait_for(nameless.run(RecordingPost()), 10)
        missing = line(broker.port, "d1", version=version, tls={"ca": tmp_path / "none.pem"}).build()
        with pytest.raises(Misconfigured, match="cannot be read"):
            await missing.run(RecordingPost())
