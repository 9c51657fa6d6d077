from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from drivers.contract import LineLost
from drivers.modbus.places import Place, hosts, network_places, serial_places
from drivers.modbus.scan import Found, scan
from drivers.profile import ProfileError
from tests.drivers.modbus.servers import Box, Host, Request, adu
from tests.servers.pty_bus import OnPty, OnTcp, RtuBus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.servers.pty_bus import Say

PUMP = """\
product: pump
title: A pump
source: this test
identity:
  vendor: Acme
  product: "P-1"
  serial: {function: 3, address: 20, type: ascii, length: 3}
points:
  - {key: level, function: 3, address: 0}
"""


class Talker(Box):
    """A box that tells its name by function 43/14, in as many replies as it has texts."""

    def __init__(self, *texts: bytes) -> None:
        super().__init__()
        self.texts = texts

    def answer(self, request: Request) -> bytes:
        if request.function != 43:
            return super().answer(request)
        place = request.pdu[3]
        more = place + 1 < len(self.texts)
        head = bytes((43, 14, 1, 1, 0xFF if more else 0, place + 1 if more else 0, 1))
        return head + bytes((place, len(self.texts[place]))) + self.texts[place]


def controller(doors: int, serial: int) -> Box:
    box = Box()
    box.set(4, 0, 0x4143, 0x0102, doors, doors, doors, serial >> 16, serial & 0xFFFF, 1, 1, 0, 0, 0)
    box.set(3, 0x0500, 0)
    return box


async def found_at(host: Host, units: Sequence[int], **more: object) -> list[Found]:
    options: dict[str, object] = {"requests_per_second": 2000.0, "timeout_seconds": 0.05, **more}
    places = network_places(f"tcp://127.0.0.1:{host.port}")
    return [found async for found in scan(places, units, **options)]  # type: ignore[arg-type]  # options of the test


# ------------------------------------------------------------------ who is there


async def test_a_controller_is_named_with_its_product_and_serial() -> None:
    async with Host({3: controller(2, 300301), 7: controller(4, 70000)}) as host:
        found = await found_at(host, range(1, 9))

    assert [(one.unit, one.product, one.serial) for one in found] == [
        (3, "acp1-2door", "300301"),
        (7, "acp1-4door", "70000"),
    ]
    assert found[0].identity == "ACP-1 two-door controller"


async def test_a_map_of_another_major_version_fits_no_profile() -> None:
    box = controller(2, 1)
    box.set(4, 1, 0x0200)
    async with Host({1: box}) as host:
        (found,) = await found_at(host, [1])

    assert (found.product, found.serial) == ("", "")


async def test_a_device_is_known_by_its_own_words_and_a_given_folder(tmp_path: Path) -> None:
    (tmp_path / "pump.yaml").write_text(PUMP)
    box = Talker(b"Acme", b"P-1", b"2.0")
    box.set(3, 20, 0x5341, 0x3132, 0x3300)
    async with Host({1: box, 2: Talker(b"Acme", b"P-2")}) as host:
        found = await found_at(host, [1, 2], folders=[tmp_path])

    assert [(one.identity, one.product, one.serial) for one in found] == [
        ("Acme P-1 2.0", "pump", "SA123"),
        ("Acme P-2", "", ""),
    ]


async def test_a_gateway_that_answers_for_nobody_is_nobody() -> None:
    behind = {unit: Box(exception=11 if unit % 2 else 10) for unit in range(1, 6)} | {
        6: controller(2, 6),
        7: Box(exception=6),
    }
    async with Host(behind) as host:
        found = await found_at(host, range(1, 8))

    assert [one.unit for one in found] == [6, 7]


async def test_a_device_that_answers_to_every_unit_id_is_found_once_and_said_so() -> None:
    box = controller(2, 5)
    async with Host(dict.fromkeys(range(256), box)) as host:
        found = await found_at(host, range(4, 20))

    assert [(one.unit, one.remark) for one in found] == [(4, "answers to every unit id")]


async def test_a_device_that_hangs_up_on_what_it_does_not_know_is_still_named() -> None:
    box = controller(2, 9)
    async with Host({1: box}) as host:

        async def hang_up(request: Request, writer: asyncio.StreamWriter) -> None:
            if request.function == 43 or request.unit != 1:
                writer.transport.abort()
            else:
                writer.write(adu(request.transaction, 1, box.answer(request)))

        host.misbehave = hang_up
        found = await found_at(host, [1])

    assert [(one.unit, one.product, one.serial) for one in found] == [(1, "acp1-2door", "9")]
    assert host.connections == 3


async def test_the_profile_with_the_most_marks_wins(tmp_path: Path) -> None:
    check = "{function: 4, address: 0, equals: 0x4143, what: MAGIC}"
    for name in ("aaa-general", "zzz-general"):
        (tmp_path / f"{name}.yaml").write_text(
            f"product: {name}\ntitle: Any\nsource: this test\nidentity: {{checks: [{check}]}}\n"
            "points:\n  - {key: model, function: 4, address: 2}\n"
        )
    async with Host({1: controller(2, 9)}) as host:
        (found,) = await found_at(host, [1], folders=[tmp_path])

    assert found.product == "acp1-2door"


async def test_nothing_is_asked_twice() -> None:
    async with Host({1: controller(4, 9)}) as host:
        await found_at(host, [1])

    asked = [(request.unit, request.pdu) for request in host.requests]
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("network", [False, True])
async def test_a_host_that_goes_away_is_an_error_alone_and_passed_over_in_a_network(*, network: bool) -> None:
    async with Host({1: controller(2, 44)}) as host:

        async def go_away(_: Request, writer: asyncio.StreamWriter) -> None:
            assert host._server is not None
            host._server.close()
            writer.transport.abort()

        host.misbehave = go_away
        places = network_places(f"tcp://127.0.0.1:{host.port}{'/30' if network else ''}")
        found: list[Found] = []
        with pytest.raises(LineLost, match="refuses the connection") if not network else nullcontext():
            found += [one async for one in scan(places, [1], requests_per_second=2000.0, timeout_seconds=0.05)]

    assert not found


async def test_a_device_that_always_has_more_to_say_is_not_asked_for_ever() -> None:
    box = Talker(*[b"x"] * 250)
    async with Host({1: box}) as host:
        (found,) = await found_at(host, [1])

    assert found.identity == "x x x x"


async def test_requests_keep_their_distance() -> None:
    times: list[float] = []
    box = controller(2, 9)
    async with Host({1: box}) as host:

        async def note(request: Request, writer: asyncio.StreamWriter) -> None:
            times.append(asyncio.get_running_loop().time())
            writer.write(adu(request.transaction, request.unit, box.answer(request)))

        host.misbehave = note
        await found_at(host, [1], requests_per_second=50.0)

    # half of the promised time: a busy machine may send the first request late, but none before its turn
    assert len(times) >= 4
    assert times[-1] - times[0] >= 0.02 * (len(times) - 1) / 2


async def test_nothing_but_reads_and_identification_is_ever_sent() -> None:
    async with Host(dict.fromkeys(range(256), controller(4, 5))) as host:
        await found_at(host, [1])

    assert {request.function for request in host.requests} <= {3, 4, 43}


# ------------------------------------------------------------------ on a serial line


async def test_units_on_a_serial_port_are_named_with_the_speed_of_the_bus() -> None:
    async with OnPty(RtuBus({2: controller(2, 300301), 3: Talker(b"Acme", b"P-2")})) as end:
        places = serial_places(end.path, bauds=[19200])
        found = [one async for one in scan(places, [1, 2, 3], requests_per_second=2000.0, timeout_seconds=0.05)]

    assert [(str(one.place), one.unit, one.product, one.serial, one.identity) for one in found] == [
        (f"{end.path} 19200 8E1", 2, "acp1-2door", "300301", "ACP-1 two-door controller"),
        (f"{end.path} 19200 8E1", 3, "", "", "Acme P-2"),
    ]


async def test_speeds_are_tried_until_one_is_answered() -> None:
    bus = RtuBus({2: controller(2, 300301)})
    async with OnPty(bus) as end:
        places = serial_places(end.path)
        speeds: list[int] = []

        def hear(request: Request, say: Say) -> None:
            speeds.append(end.pty.baud)
            if end.pty.baud == 9600 and request.unit in bus.boxes:
                say(bus.right_reply(request))

        bus.misbehave = hear
        found = [one async for one in scan(places, [2], requests_per_second=2000.0, timeout_seconds=0.02)]

    assert [str(one.place) for one in found] == [f"{end.path} 9600 8E1"]
    assert sorted(set(speeds)) == [9600, 19200]


async def test_units_behind_a_serial_device_server_are_found() -> None:
    async with OnTcp(RtuBus({2: controller(2, 300301)})) as server:
        places = network_places(f"tcp://127.0.0.1:{server.port}", "rtu")
        found = [one async for one in scan(places, [1, 2], requests_per_second=2000.0, timeout_seconds=0.05)]

    assert [(str(one.place), one.unit, one.serial) for one in found] == [
        (f"127.0.0.1:{server.port} (RTU)", 2, "300301")
    ]


async def test_a_late_answer_is_not_taken_for_that_to_the_next_question() -> None:
    bus = RtuBus({2: controller(2, 300301)})
    async with OnPty(bus) as end:
        owed: list[bytes] = []

        def late(request: Request, say: Say) -> None:
            if request.function == 43:
                owed.append(bus.right_reply(request))
                asyncio.get_running_loop().call_later(0.07, lambda: say(owed.pop()))
            else:
                say(bus.right_reply(request))

        bus.misbehave = late
        places = serial_places(end.path, bauds=[115200])
        found = [one async for one in scan(places, [2], requests_per_second=2000.0, timeout_seconds=0.05)]

    assert [(one.product, one.serial) for one in found] == [("acp1-2door", "300301")]
    assert not owed


async def test_a_serial_port_that_is_not_there_is_an_error() -> None:
    with pytest.raises(LineLost, match="/dev/ttyUSB93 is not there"):
        [found async for found in scan(serial_places("/dev/ttyUSB93"), [1])]


# ------------------------------------------------------------------ where


def test_the_usual_speeds_begin_with_the_standards_own() -> None:
    assert [str(place) for place in serial_places("/dev/ttyS1")] == [
        f"/dev/ttyS1 {baud} 8{kind}" for baud in (19200, 9600, 115200, 38400) for kind in ("E1", "N1")
    ]


def test_what_is_told_of_a_port_is_not_guessed() -> None:
    assert [str(place) for place in serial_places("/dev/ttyS1", [9600, 4800], "none", 2)] == [
        "/dev/ttyS1 9600 8N2",
        "/dev/ttyS1 4800 8N2",
    ]
    assert [str(place) for place in serial_places("/dev/ttyS1", [9600], "odd")] == ["/dev/ttyS1 9600 8O1"]


def test_a_place_is_named_as_its_line_would_be() -> None:
    assert [str(Place("10.0.0.7")), str(Place("10.0.0.7", 4001, "rtu"))] == ["10.0.0.7:502", "10.0.0.7:4001 (RTU)"]


@pytest.mark.parametrize(
    ("target", "names", "port"),
    [
        ("tcp://10.0.0.7", ("10.0.0.7",), 502),
        ("tcp://lobby.example:1502", ("lobby.example",), 1502),
        ("tcp://10.0.0.7:1502/30", ("10.0.0.5", "10.0.0.6"), 1502),
        ("tcp://[::1]:5020", ("::1",), 5020),
    ],
)
def test_a_target_is_a_host_or_a_small_network(target: str, names: tuple[str, ...], port: int) -> None:
    assert hosts(target) == (names, port)


def test_a_network_of_24_bits_has_254_hosts() -> None:
    assert len(hosts("tcp://192.168.7.9/24")[0]) == 254


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("192.168.1.5", "is not an address: write tcp://HOST"),
        ("http://192.168.1.5", "is not an address"),
        ("tcp://192.168.1.5:99999", "is not an address"),
        ("tcp://192.168.1.5/x", "is not an address"),
        ("tcp://", "is not an address"),
        ("tcp://192.168.0.0/16", "65536 addresses: scan at most 256 at a time"),
        ("tcp://lobby/24", "is not a network: write one as"),
        ("tcp://10.0.0.1/40", "is not a network"),
    ],
)
def test_what_cannot_be_scanned_is_said_in_a_sentence(target: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        hosts(target)


async def test_a_single_host_that_is_not_there_is_an_error() -> None:
    async with Host() as host:
        port = host.port

    with pytest.raises(LineLost, match="refuses the connection"):
        [found async for found in scan(network_places(f"tcp://127.0.0.1:{port}"), [1])]


async def test_hosts_of_a_network_that_are_not_there_are_passed_over() -> None:
    async with Host({1: controller(2, 44)}) as host:
        places = network_places(f"tcp://127.0.0.1:{host.port}/30")
        found = [one async for one in scan(places, [1], requests_per_second=2000.0, timeout_seconds=0.05)]

    assert [(one.place.host, one.serial) for one in found] == [("127.0.0.1", "44")]


async def test_a_wrong_profile_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "pump.yaml").write_text("product: pump\n")
    async with Host({1: controller(2, 44)}) as host:
        with pytest.raises(ProfileError):
            await found_at(host, [1], folders=[tmp_path])

    assert host.connections == 0
