"""What the contract promises, asked of every driver: the four toys that stand for its shapes, and the catalogue."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from drivers.catalogue import CATALOGUE
from drivers.contract import Kind, LineLost, Link, Misconfigured, Outcome, Sample, WantedState
from tests.drivers.ocpp.rig import OcppRig
from tests.drivers.recording_post import RecordingPost
from tests.drivers.rigs import OF_THE_CATALOGUE, TOYS, Rig, ToyRig
from tests.drivers.running import command, running, until
from tests.drivers.toys.broadcast import BroadcastPeer
from tests.drivers.toys.broker import BrokerPeer
from tests.drivers.toys.dial_in import DialInPeer

if TYPE_CHECKING:
    from drivers.contract import Device, Driver

RIGS = {**TOYS, **OF_THE_CATALOGUE}
RELEASE = WantedState("fire_release", level=True)
TYPES: dict[Kind, tuple[type, ...]] = {
    Kind.BOOLEAN: (bool,),
    Kind.INTEGER: (int,),
    Kind.REAL: (int, float),
    Kind.TEXT: (str,),
}


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest) -> Rig:
    return RIGS[request.param]()


@pytest.fixture(params=[name for name in RIGS if RIGS[name]().can_be_lost])
def losable(request: pytest.FixtureRequest) -> Rig:
    """A driver whose line can be lost."""
    return RIGS[request.param]()


def served(driver: Driver, rig: Rig) -> list[Device]:
    """The devices beside those that the line itself is made of."""
    return [device for device in driver.devices if device.id not in rig.own]


def takes_commands(driver: Driver) -> bool:
    return any(device.commands for device in driver.devices)


def opened(driver: Driver, post: RecordingPost, rig: Rig, device: str) -> list[Any]:
    """What the device's door was said to be, in order."""
    described = next(known for known in driver.devices if known.id == device)
    place = [(g, p) for g, group in enumerate(described.groups) for p, point in enumerate(group.points)]
    group, at = next((g, p) for g, p in place if described.groups[g].points[p].key == rig.open_key)
    return [sample.values[at] for sample in post.samples(device, group)]


def test_every_driver_of_the_catalogue_has_its_rig() -> None:
    assert OF_THE_CATALOGUE.keys() == CATALOGUE.keys()


def test_devices_are_known_before_anything_is_connected(rig: Rig) -> None:
    config = rig.config("d1", "d2")  # nothing listens anywhere

    driver = config.build()

    assert [device.id for device in driver.devices] == [*rig.own, "d1", "d2"]
    assert rig.connections() in (0, 1)  # a receiver is not connected to


def test_points_are_told_apart_and_bounded_sensibly(rig: Rig) -> None:
    for device in served(rig.config("d1", "d2").build(), rig):
        points = [point for group in device.groups for point in group.points]
        bounded = [point for point in points if point.low is not None and point.high is not None]

        assert len({point.key for point in points}) == len(points) > 0
        assert all(point.kind in (Kind.INTEGER, Kind.REAL) for point in bounded)
        assert all(point.low <= point.high for point in bounded if point.low is not None and point.high is not None)
        assert len({spec.name for spec in device.commands}) == len(device.commands)


async def test_samples_fit_what_the_devices_promised(rig: Rig) -> None:
    post = RecordingPost()
    async with rig:
        driver = rig.config("d1", "d2").build()
        devices = {device.id: device for device in driver.devices}
        async with running(driver, post):
            await until(lambda: all(post.samples(name, g) for name, d in devices.items() for g in range(len(d.groups))))
            rig.open("d1", on=True)
            await until(lambda: True in opened(driver, post, rig, "d1"))

        samples = [report for report in post.reports if isinstance(report, Sample)]
        assert all(fits(sample, devices[sample.device]) for sample in samples)
        assert all(before.received_ns <= after.received_ns for before, after in pairwise(post.samples("d1")))


def fits(sample: Sample, device: Device) -> bool:
    points = device.groups[sample.group].points
    faults = sample.faults or (None,) * len(points)
    for point, value, fault in zip(points, sample.values, faults, strict=True):
        if value is None:
            if fault is None:
                return False
        elif type(value) not in TYPES[point.kind] or (
            isinstance(value, int | float)
            and not ((point.low is None or value >= point.low) and (point.high is None or value <= point.high))
        ):
            return False
    return True


async def test_an_unchanged_answer_is_the_same_tuple(rig: Rig) -> None:
    post = RecordingPost()
    async with rig:
        driver = rig.config("d1").build()
        async with running(driver, post):
            await until(lambda: len(post.samples("d1", 0)) >= 4)

    first, *later = post.samples("d1", 0)
    assert all(sample.values is first.values and sample.faults is first.faults for sample in later)


async def test_a_device_that_falls_silent_is_said_once_and_so_is_its_return(rig: Rig) -> None:
    post = RecordingPost()
    async with rig:
        driver = rig.config("d1", "d2").build()
        async with running(driver, post):
            await until(lambda: post.samples("d1") and post.samples("d2"))
            rig.silence("d2", on=True)
            if rig.tells_links:
                await until(lambda: any(said.link is Link.LOST for said in post.links("d2")))
            heard, silent = len(post.samples("d1")), len(post.samples("d2"))
            await until(lambda: len(post.samples("d1")) > heard)
            assert len(post.samples("d2")) == silent
            rig.silence("d2", on=False)
            await until(lambda: len(post.samples("d2")) > silent)
            await until(lambda: not rig.tells_links or post.links("d2")[-1].link is Link.UP)

    assert [said.link for said in post.links("d2")] == ([Link.UP, Link.LOST, Link.UP] if rig.tells_links else [])
    assert [said.link for said in post.links("d1")] == ([Link.UP] if rig.tells_links else [])


async def test_a_line_that_goes_is_lost_in_one_sentence_and_a_second_run_goes_on(losable: Rig) -> None:
    rig, post = losable, RecordingPost()
    async with rig:
        driver = rig.config("d1").build()
        if rig.live_loss:
            async with running(driver, post) as task:
                await until(lambda: post.samples("d1"))
                await rig.take_away()
                with pytest.raises(LineLost, match=r"^\S.* .*$"):
                    await asyncio.wait_for(task, 10)
        else:
            await rig.take_away()
        with pytest.raises(LineLost, match=r"^\S.* .*$") if rig.live_loss is False else pytest.raises(LineLost):
            await asyncio.wait_for(driver.run(post), 10)
        heard = len(post.samples("d1"))
        await rig.give_back()
        async with running(driver, post):
            await until(lambda: len(post.samples("d1")) > heard)

    assert post.links("d1")[-1].link is Link.UP


def test_nonsense_is_misconfigured_before_anything_runs(rig: Rig) -> None:
    with pytest.raises(Misconfigured, match=r"window|no-such-product"):
        rig.nonsense().build()


@pytest.mark.parametrize(
    ("mood", "outcome"), [("obey", Outcome.DONE), ("refuse", Outcome.FAILED), ("mute", Outcome.UNKNOWN)]
)
async def test_a_command_ends_as_the_device_takes_it_and_reaches_it_once(rig: Rig, mood: str, outcome: Outcome) -> None:
    post = RecordingPost()
    async with rig:
        rig.mood("d1", mood)
        driver = rig.config("d1", "d2").build()
        async with running(driver, post):
            await until(lambda: post.samples("d1") and post.samples("d2"))
            result = await driver.perform(command("d1", rig.command))
            await until(lambda: post.samples("d1"))

        taken = takes_commands(driver)
        assert result.outcome is (outcome if taken else Outcome.REFUSED)
        assert rig.executed("d1") == (1 if taken else 0)
        assert rig.executed("d2") == 0
        assert result.why or result.outcome is Outcome.DONE


async def test_an_expired_or_unknown_command_is_refused_and_never_reaches_the_device(rig: Rig) -> None:
    post = RecordingPost()
    async with rig:
        driver = rig.config("d1").build()
        async with running(driver, post):
            await until(lambda: post.samples("d1"))
            late = await driver.perform(command("d1", rig.command, seconds=-1))
            unknown = await driver.perform(command("d1", "open sesame"))
            nobody = await driver.perform(command("d9", rig.command))

        assert [result.outcome for result in (late, unknown, nobody)] == [Outcome.REFUSED] * 3
        assert rig.executed("d1") == 0


async def test_a_line_that_goes_while_a_command_is_out_leaves_it_unknown(rig: Rig) -> None:
    post = RecordingPost()
    async with rig:
        rig.mood("d1", "mute")
        driver = rig.config("d1").build()
        async with running(driver, post) as task:
            await until(lambda: post.samples("d1"))
            asked = asyncio.create_task(driver.perform(command("d1", rig.command)))
            if takes_commands(driver):
                await until(lambda: rig.executed("d1"))
            if rig.live_loss:
                await rig.take_away()
                with pytest.raises(LineLost):
                    await asyncio.wait_for(task, 10)
            result = await asyncio.wait_for(asked, 10)

        assert result.outcome is (Outcome.UNKNOWN if takes_commands(driver) else Outcome.REFUSED)


async def test_a_wanted_state_is_reached_and_survives_a_reconnect(rig: Rig) -> None:
    post = RecordingPost()
    async with rig:
        driver = rig.config("d1", "d2").build()
        driver.want("d1", RELEASE)
        able = "fire_release" in driver.devices[0].wants
        for _ in range(2):
            async with running(driver, post):
                heard = len(post.samples("d1"))
                await until(lambda heard=heard: len(post.samples("d1")) > heard)  # type: ignore[misc]  # a bound default
                if able:
                    await until(lambda: rig.released("d1"))
            rig.lose_release("d1")

        assert not rig.released("d2")


async def test_a_device_is_adopted_while_the_others_go_on_undisturbed(rig: Rig) -> None:
    post = RecordingPost()
    async with rig:
        driver = rig.config("d1").build()
        async with running(driver, post):
            await until(lambda: post.samples("d1", 0))
            before, connections = post.samples("d1", 0)[-1], rig.connections()

            taken = await driver.adopt(rig.config("d1", "d2"))
            await until(lambda: post.samples("d2"))
            heard = len(post.samples("d1"))
            await until(lambda: len(post.samples("d1")) > heard)

            assert taken
            assert [device.id for device in driver.devices] == [*rig.own, "d1", "d2"]
            assert post.samples("d1", 0)[-1].values is before.values
            assert [said.link for said in post.links("d1")] == ([Link.UP] if rig.tells_links else [])
            assert rig.connections() - connections <= (1 if isinstance_of_dial_in(rig) else 0)

            await driver.adopt(rig.config("d2"))
            gone = len(post.samples("d1"))
            heard = len(post.samples("d2"))
            await until(lambda: len(post.samples("d2")) > heard + 1)

        assert len(post.samples("d1")) == gone


def isinstance_of_dial_in(rig: Rig) -> bool:
    return isinstance(rig, OcppRig) or (isinstance(rig, ToyRig) and isinstance(rig.peer, DialInPeer))


async def test_cancelling_ends_the_run_promptly_and_leaves_nothing_behind(rig: Rig) -> None:
    post = RecordingPost()
    async with rig:
        driver = rig.config("d1", "d2").build()
        tasks, sockets = asyncio.all_tasks(), open_sockets()
        async with running(driver, post) as task:
            await until(lambda: post.samples("d1"))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(task, 1)

            if not isinstance_of_dial_in(rig):  # its devices go on dialling, which is theirs
                await until(lambda: asyncio.all_tasks() <= tasks)
                await until(lambda: open_sockets() <= sockets)
        said = len(post.reports)
        await asyncio.sleep(0)

        assert len(post.reports) == said


def open_sockets() -> int:
    return len(psutil.Process().net_connections(kind="inet"))


async def test_the_loop_counts_its_steps(rig: Rig) -> None:
    post = RecordingPost()
    async with rig:
        driver = rig.config("d1").build()
        async with running(driver, post):
            await until(lambda: post.samples("d1"))
            steps = driver.statistics()["steps"]
            await until(lambda: driver.statistics()["steps"] > steps)


# ---------------------------------------------------------------- what only some shapes can do


async def test_an_event_is_acknowledged_only_after_it_is_on_disk() -> None:
    post = RecordingPost()
    peer = BrokerPeer()
    async with ToyRig(peer) as rig:
        driver = rig.config("d1").build()
        post.disk_writes.clear()
        async with running(driver, post):
            peer.ring("d1", 5)
            await until(lambda: post.samples("d1"))
            await until(lambda: peer.connections)
            acknowledged_early = list(peer.acknowledged)
            post.disk_writes.set()
            await until(lambda: peer.acknowledged)

    assert acknowledged_early == []
    assert [event.sequence for event in post.events()] == [5]
    assert post.cursors == {"d1": 5}


async def test_a_stalled_disk_does_not_keep_a_run_from_ending() -> None:
    post = RecordingPost()
    peer = BrokerPeer()
    async with ToyRig(peer) as rig:
        post.disk_writes.clear()
        async with running(rig.config("d1").build(), post) as task:
            peer.ring("d1", 5)
            await until(lambda: post.samples("d1"))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(task, 1)

    assert peer.acknowledged == []


async def test_the_cursor_is_handed_back_to_the_next_run() -> None:
    post = RecordingPost({"d1": 41})
    peer = BrokerPeer()
    async with ToyRig(peer) as rig, running(rig.config("d1").build(), post):
        await until(lambda: peer.asked_from)

    assert peer.asked_from == [{"d1": 41}]


async def test_what_is_not_enrolled_is_a_stranger() -> None:
    post = RecordingPost()
    peer = BroadcastPeer()
    async with ToyRig(peer) as rig, running(rig.config("d1").build(), post):
        stranger = (await until(post.strangers))[0]

    assert stranger.address == "d2"
    assert post.samples("d2") == []


async def test_a_replayed_advert_is_dropped_even_after_a_restart() -> None:
    post = RecordingPost()
    peer = BroadcastPeer()
    async with ToyRig(peer) as rig:
        async with running(rig.config("d1").build(), post):
            await until(lambda: post.samples("d1"))
        counter = post.cursors["d1"]
        peer.doors["d1"].open = True
        peer.counter = 0  # everything that is sent from now on was heard before
        heard = len(post.samples("d1"))
        peer.doors["d1"].silent = True
        async with running(rig.config("d1").build(), post):
            await until(lambda: len(post.strangers()) > 3)
            peer.advertise("d1", counter)
            strangers = len(post.strangers())
            await until(lambda: len(post.strangers()) > strangers + 3)

    assert len(post.samples("d1")) == heard
    assert json.dumps(post.cursors["d1"]) == str(counter)


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_device_that_asks_gets_the_answer_of_the_house(*, allowed: bool) -> None:
    post = RecordingPost()
    post.allows = allowed
    peer = DialInPeer()
    async with ToyRig(peer) as rig, running(rig.config("d1").build(), post):
        await until(lambda: peer.answers)

    assert peer.answers[0] is allowed
    assert post.questions[0].body == {"card": "h4sh"}
