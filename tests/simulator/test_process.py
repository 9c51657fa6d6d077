"""The simulator as its own process, as the demo starts it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest
import serial
import yaml

from simulator.serial_wire import adu

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FREE = ("--base-port", "0", "--control", "127.0.0.1:0")


def simulator(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulator", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [sys.executable, "-m", "simulator", "run", *FREE, *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        try:
            yield child, json.loads(out(child).readline())
        finally:
            if child.poll() is None:
                child.kill()


def out(child: subprocess.Popen[str]) -> IO[str]:
    assert child.stdout is not None
    return child.stdout


def errors(child: subprocess.Popen[str]) -> str:
    assert child.stderr is not None
    return child.stderr.read()


def test_it_says_when_it_is_ready_and_writes_the_configuration_that_reaches_it(tmp_path: Path) -> None:
    path = tmp_path / "compound.yaml"

    with running("--write-config", str(path)) as (_, ready):
        config = yaml.safe_load(path.read_text("utf-8"))
        assert ready["ready"] is True
        assert (ready["controllers"], ready["households"]) == (122, 3040)
        assert ready["sensors"] > 6080
        assert config["simulator"]["control"] == ready["control"]
        assert config["compound"]["simulated"] is True
        *doors, air, power = config["lines"]
        for line in (*doors, power):
            with socket.create_connection((line["host"], line["port"]), timeout=5):
                pass
        for receiver in air["devices"]:
            host, port = receiver["proxy"].split(":")
            with socket.create_connection((host, int(port)), timeout=5):
                pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_told_to(number: signal.Signals) -> None:
    with running("--buildings", "2") as (child, _):
        child.send_signal(number)

        assert child.wait(10) == 0
        assert errors(child) == ""


def test_it_does_not_outlive_the_one_who_holds_its_stdin() -> None:
    with running("--buildings", "2", "--until-stdin-closes") as (child, _):
        assert child.poll() is None
        assert child.stdin is not None

        child.stdin.close()

        assert child.wait(10) == 0
        assert errors(child) == ""


def test_a_story_is_started_from_the_command_line() -> None:
    with running("--buildings", "3") as (_, ready):
        told = simulator("story", "forced-door", "--at", ready["control"])

        assert (told.returncode, told.stdout) == (0, "b3u1/door1\n")


@pytest.mark.parametrize("option", ["--base-port", "--control"])
def test_an_occupied_port_is_one_clear_sentence(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        value = f"127.0.0.1:{port}" if option == "--control" else str(port)
        arguments = dict(zip(FREE[::2], FREE[1::2], strict=True)) | {option: value}

        refused = simulator(
            "run", "--buildings", "1", "--no-sensors", *(part for pair in arguments.items() for part in pair)
        )

    assert refused.returncode == 2
    assert f"port {port} on 127.0.0.1 is taken by another program" in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("run", "--host", "0.0.0.0"), "loopback only"),
        (("run", "--control", "[::]:15900"), "loopback only"),
        (("run", "romance", "--buildings", "1", *FREE), "there is no story 'romance'"),
        (("run", "--buildings", "0"), "1 to 59 buildings"),
        (("story", "forced-door", "--at", "10.0.0.1:1"), "loopback only"),
        (("story", "forced-door", "--at", "127.0.0.1:1"), "no simulator answers"),
        (("config", "--base-port", "0"), "name a --base-port"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(arguments: tuple[str, ...], why: str) -> None:
    refused = simulator(*arguments)

    assert refused.returncode == 2
    assert why in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_the_configuration_names_every_controller_once() -> None:
    config = yaml.safe_load(simulator("config", "--base-port", "15000", "--no-sensors").stdout)

    devices = [device for line in config["lines"] if line["driver"] == "modbus" for device in line["devices"]]
    assert len(devices) == len({device["id"] for device in devices}) == 122
    assert len(config["buildings"]) == 59
    assert "detectors" not in config
    assert {device["building"] for device in devices} == {building["id"] for building in config["buildings"]}
    assert config["compound"]["households"] == 3040
    assert len({line["port"] for line in config["lines"]}) == len(config["lines"])
    buses = [line for line in config["lines"] if len(line["devices"]) > 1]
    assert len(buses) == 1
    assert all(len(grid["code"]) == 15 for grid in config["grids"])
    assert buses[0]["bus"] == {"baud": 38_400, "parity": "even", "stop_bits": 1, "timeout_seconds": 0.3}


def test_every_door_says_whether_it_is_a_way_out_how_it_locks_and_whose_it_is() -> None:
    config = yaml.safe_load(simulator("config", "--base-port", "15000", "--no-sensors").stdout)

    doors = (line for line in config["lines"] if line["driver"] == "modbus")
    devices = {device["id"]: device for line in doors for device in line["devices"]}
    assert devices["b1u2"]["doors"] == {"lock": "fail_safe", "owner": "物业", "maintainer": "门禁维保"}
    assert devices["b1u2"]["parts"] == {
        "door1": {"name": "单元大门", "escape": True},
        "door2": {"name": "地下室门", "escape": False, "lock": "fail_secure"},
    }
    assert all(device["parts"]["door1"]["escape"] for device in devices.values())
    gates = [device for id_, device in devices.items() if id_.startswith("gate-")]
    assert [gate["parts"]["door2"]["escape"] for gate in gates] == [True] * 4


def test_a_bus_may_be_a_serial_port_that_a_master_can_open(tmp_path: Path) -> None:
    path = tmp_path / "compound.yaml"

    with running("--buildings", "2", "--no-sensors", "--serial-bus", "--write-config", str(path)):
        config = yaml.safe_load(path.read_text("utf-8"))
        (bus,) = (line for line in config["lines"] if "serial" in line)
        assert bus["serial"].items() >= {"baud": 38_400, "parity": "even", "stop_bits": 1}.items()
        assert len(bus["devices"]) == 4
        with serial.Serial(bus["serial"]["path"], 38_400, parity="E", timeout=5) as master:
            master.write(adu(2, bytes.fromhex("0400050002")))
            assert master.read(9)[3:7] == (300_102).to_bytes(4, "big")


def test_a_bus_may_be_bare_frames_over_tcp(tmp_path: Path) -> None:
    path = tmp_path / "compound.yaml"

    with running("--buildings", "1", "--no-sensors", "--rtu-bus", "--write-config", str(path)):
        bus, _ = yaml.safe_load(path.read_text("utf-8"))["lines"]
        assert bus["framing"] == "rtu"
        with socket.create_connection((bus["host"], bus["port"]), timeout=5) as master:
            master.sendall(adu(1, bytes.fromhex("0400050002")))
            with master.makefile("rb") as heard:
                assert heard.read(9)[3:7] == (300_101).to_bytes(4, "big")


def test_the_permits_of_those_who_live_there_are_written(tmp_path: Path) -> None:
    path = tmp_path / "permits.csv"

    with running("--buildings", "2", "--permits", str(path)):
        written = path.read_text("utf-8")

    assert written.splitlines()[0] == "person,name,building,entrance,flat,card,code,groups,schedule,from,until"
    assert simulator("permits", "--buildings", "2").stdout == written


def test_the_list_of_the_sensors_is_written(tmp_path: Path) -> None:
    path = tmp_path / "sensors.csv"

    with running("--buildings", "2", "--sensors", str(path)):
        written = path.read_text("utf-8")

    assert written.splitlines()[0] == "address,key,product,label,detector"
    assert simulator("sensors", "--buildings", "2").stdout == written


def test_the_receivers_stand_on_ports_of_their_own_after_the_lines() -> None:
    config = yaml.safe_load(simulator("config", "--buildings", "3").stdout)

    *doors, air, power = config["lines"]
    ports = [line["port"] for line in doors] + [int(each["proxy"].split(":")[1]) for each in air["devices"]]
    ports.append(power["port"])
    assert ports == list(range(15_000, 15_000 + len(ports)))
    assert {each["building"] for each in air["devices"]} == {"b1", "b2", "b3"}


def test_without_a_command_it_serves_and_prints_the_configuration_that_reaches_it(tmp_path: Path) -> None:
    story = tmp_path / "night.yaml"
    story.write_text("about: x\ntarget: b1u1/door1\nsteps:\n  - {at: 0, do: force}\n", "utf-8")
    command = [sys.executable, "-m", "simulator", str(story), *FREE, "--buildings", "1", "--no-sensors"]

    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        printed = "".join(iter(out(child).readline, "    devices:\n"))
        child.terminate()
        printed += "    devices:\n" + out(child).read()

    config = yaml.safe_load(printed)
    assert [line["id"] for line in config["lines"]] == ["b1u1", "b1u2", "power"]
    assert child.returncode == 0


def test_the_past_is_printed_as_csv() -> None:
    printed = simulator("backfill", "--buildings", "1", "--hours", "1").stdout.splitlines()

    assert printed[0] == "device,point,utc,value"
    assert len(printed) > 100


def test_it_imports_neither_the_gateway_nor_the_drivers() -> None:
    code = (
        "import sys, simulator.__main__; print({name.split('.')[0] for name in sys.modules} & {'gateway', 'drivers'})"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    asked = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True, env=environment
    )

    assert asked.stdout == "set()\n"
