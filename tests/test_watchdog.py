from __future__ import annotations

import asyncio
import os
import socket
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.watchdog import Progress, Systemd, keep_watch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def notify_socket(address: str) -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        listening.bind(address)
        listening.setblocking(False)
        yield listening


async def heard(listening: socket.socket, limit_seconds: float = 5) -> str:
    async with asyncio.timeout(limit_seconds):
        return (await asyncio.get_running_loop().sock_recv(listening, 4096)).decode()


# ---------------------------------------------------------------- the rule


def test_a_loop_is_trusted_from_the_moment_it_is_expected() -> None:
    progress = Progress()

    progress.expect("road", 10)

    assert progress.silent(100) == ()
    assert progress.silent(110) == ()
    assert progress.silent(110.1) == ("road",)


def test_a_beat_ends_the_silence() -> None:
    progress = Progress()
    progress.expect("road", 10)
    assert progress.silent(0) == ()
    assert progress.silent(50) == ("road",)

    progress.beat("road")

    assert progress.silent(51) == ()


def test_every_silent_loop_is_named_and_no_other() -> None:
    progress = Progress()
    for name, allowed in (("road", 10), ("line b3u1", 5), ("journal", 60)):
        progress.expect(name, allowed)
    progress.silent(0)

    progress.beat("road")

    assert progress.silent(20) == ("line b3u1",)
    assert progress.silent(40) == ("line b3u1", "road")


def test_a_loop_that_ended_as_it_should_is_not_missed_and_a_late_beat_of_it_does_no_harm() -> None:
    progress = Progress()
    progress.expect("line b3u1", 5)
    progress.silent(0)

    progress.forget("line b3u1")
    progress.beat("line b3u1")

    assert progress.silent(100) == ()
    assert progress._seen == {}
    progress.expect("line b3u1", 5)
    assert progress.silent(200) == ()


@given(beats=st.lists(st.floats(0, 1000), max_size=30), allowed=st.floats(1, 100))
def test_silence_is_said_exactly_when_no_look_within_the_allowance_found_a_beat(
    beats: list[float], allowed: float
) -> None:
    progress = Progress()
    progress.expect("road", allowed)
    looks = [float(t) for t in range(0, 1000, 7)]
    found = -1.0
    last_seen = 0.0

    for look in looks:
        if look == 0 or any(found < beat <= look for beat in beats):
            progress.beat("road")
            last_seen = look
        found = look

        assert progress.silent(look) == (("road",) if look - last_seen > allowed else ())


# ---------------------------------------------------------------- the protocol


def test_without_a_service_manager_everything_is_said_into_the_void() -> None:
    with Systemd.from_environment({}, pid=1) as systemd:
        systemd.ready()
        systemd.feed()

    assert systemd.watchdog_seconds is None


async def test_the_words_are_those_of_sd_notify(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")

    with notify_socket(address) as listening, Systemd.from_environment({"NOTIFY_SOCKET": address}, 1) as systemd:
        systemd.ready()
        systemd.status("59 lines up,\n1 lost")
        systemd.feed()
        systemd.stopping()

        said = [await heard(listening) for _ in range(4)]

    assert said == ["READY=1", "STATUS=59 lines up, 1 lost", "WATCHDOG=1", "STOPPING=1"]


async def test_an_abstract_socket_is_reached() -> None:
    name = f"gridpost-test-{os.getpid()}"

    with notify_socket("\0" + name) as listening, Systemd(f"@{name}", None) as systemd:
        systemd.ready()

        assert await heard(listening) == "READY=1"


def test_a_service_manager_that_is_gone_or_deaf_stops_nobody(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")

    with notify_socket(address), Systemd(address, 30) as systemd:
        for _ in range(10_000):  # far more than the socket's queue holds
            systemd.feed()
    with Systemd(address, 30) as systemd:
        systemd.feed()


@pytest.mark.parametrize("address", ["notify", "@", "/", "vsock:2:1234", "/" + "n" * 108])
def test_an_address_that_systemd_never_sets_is_refused_in_a_sentence(address: str) -> None:
    with pytest.raises(ValueError, match="NOTIFY_SOCKET must be an absolute path"):
        Systemd(address, None)


@pytest.mark.parametrize("microseconds", ["soon", "0", "-1", "1.5"])
def test_a_watchdog_time_that_systemd_never_sets_is_refused_in_a_sentence(microseconds: str) -> None:
    environment = {"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": microseconds}

    with pytest.raises(ValueError, match="WATCHDOG_USEC must be a number"):
        Systemd.from_environment(environment, pid=7)


@pytest.mark.parametrize(
    ("environment", "watchdog_seconds"),
    [
        ({"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "30000000"}, 30.0),
        ({"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 30.0),
        ({"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),
        ({"NOTIFY_SOCKET": "/run/notify"}, None),
        ({"WATCHDOG_USEC": "30000000"}, None),
    ],
)
def test_the_watchdog_time_is_taken_only_when_it_is_meant_for_us(
    environment: dict[str, str], watchdog_seconds: float | None
) -> None:
    assert Systemd.from_environment(environment, pid=7).watchdog_seconds == watchdog_seconds


# ---------------------------------------------------------------- both together


async def test_nothing_is_fed_while_a_loop_is_silent_and_feeding_resumes_with_its_beat(tmp_path: Path) -> None:
    address, progress = str(tmp_path / "notify"), Progress()
    progress.expect("road", 0.05)

    with notify_socket(address) as listening, Systemd(address, 0.2) as systemd:
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(keep_watch(systemd, progress, well="all well"))
            first, then = await heard(listening), await heard(listening)
            progress.beat("road")
            after = [await heard(listening), await heard(listening)]
            watch.cancel()

    assert (first, then) == ("WATCHDOG=1", "STATUS=standing still: road")
    assert after == ["WATCHDOG=1", "STATUS=all well"]


async def test_after_a_silence_the_next_look_comes_long_before_systemd_gives_up(tmp_path: Path) -> None:
    address, progress = str(tmp_path / "notify"), Progress()
    progress.expect("road", -1)

    with notify_socket(address) as listening, Systemd(address, 4) as systemd:
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(keep_watch(systemd, progress, well="all well"))
            assert await heard(listening) == "STATUS=standing still: road"
            progress.expect("road", 30)
            then = await heard(listening, limit_seconds=2)
            watch.cancel()

    assert then == "WATCHDOG=1"


async def test_where_nobody_watches_the_watch_is_over_at_once() -> None:
    async with asyncio.timeout(1):
        await keep_watch(Systemd("", None), Progress(), well="")
