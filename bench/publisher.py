"""A program that publishes what chargers say, as fast as the broker takes it, or at a rate.

    python -m bench.publisher --port 1883 --chargers 10 --messages 20000 [--rate 500] [--telemetry]

Each message is one that a charger of ours would send (docs/mqtt-devices.md): an event at QoS 1, or with `--telemetry` the
measurements of a port at QoS 0. Each charger counts its own. Prints one line of JSON when the broker has confirmed them all,
or, at QoS 0, when they are written: `{"confirmed": 20000, "began_ns": ..., "seconds": 4.2}`, the moment of the first by
CLOCK_BOOTTIME.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from datetime import UTC, datetime
from typing import Any

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from bench.devices import boottime_ns

IN_FLIGHT = 500
PORTS = 12


def topic_of(charger: int) -> str:
    """The topic base of a charger of the benchmark."""
    return f"v1/bench/b1/charger/bench{charger}"


def event(number: int) -> dict[str, Any]:
    """A session that begins, or the end of the one before."""
    part, name = f"p{number // 2 % PORTS + 1:02}", f"s{number // 2}"
    if number % 2:
        return {"e": "end", "p": part, "sid": name, "why": "full", "skwh": 0.5, "s": 3600}
    return {"e": "begin", "p": part, "sid": name, "tag": "", "kwh": number / 10}


def telemetry(number: int) -> dict[str, Any]:
    """What a port measures; everything but the voltage is another value each time."""
    part, turn = f"p{number % PORTS + 1:02}", number // PORTS
    amperes = 1.5 + turn % 50 / 100
    return {
        "p": part,
        "v": 221.3,
        "a": amperes,
        "w": round(220 * amperes, 1),
        "kwh": 12 + turn / 1000,
        "skwh": turn / 1000,
        "st_c": 40 + turn % 30 / 10,
        "ma": 1 + turn % 7 / 10,
    }


def message(charger: int, boot: int, number: int, said: dict[str, Any]) -> bytes:
    """It in its envelope; the sequence counts from 1."""
    return json.dumps(
        {
            "v": 1,
            "id": f"{charger}-{boot}-{number}",
            "ts": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "seq": number + 1,
            "boot": boot,
            "q": "ok",
            "d": said,
        }
    ).encode()


def main() -> None:
    """Publish, and wait until everything is out."""
    parser = argparse.ArgumentParser(prog="python -m bench.publisher", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--chargers", type=int, default=10)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=0, help="messages in a second; 0 for as fast as they are taken")
    parser.add_argument("--telemetry", action="store_true")
    given = parser.parse_args()
    # another boot: a charger that counts from 1 again within the same one says nothing new
    stream, say, qos, boot = ("tele", telemetry, 0, 2) if given.telemetry else ("event", event, 1, 1)
    room, confirmed, done = threading.Semaphore(IN_FLIGHT), 0, threading.Event()

    def published(*_: object) -> None:
        nonlocal confirmed
        confirmed += 1
        room.release()
        if confirmed == given.messages:
            done.set()

    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-publisher", protocol=MQTTv5)
    client.on_publish = published
    client.max_inflight_messages_set(IN_FLIGHT)
    client.connect("127.0.0.1", given.port)
    client.loop_start()
    began_ns, began = boottime_ns(), time.monotonic()
    for number in range(given.messages):
        if given.rate:
            time.sleep(max(0.0, began + number / given.rate - time.monotonic()))
        room.acquire()
        charger = number % given.chargers
        own = number // given.chargers
        client.publish(f"{topic_of(charger)}/{stream}", message(charger, boot, own, say(own)), qos)
    done.wait(60)
    print(json.dumps({"confirmed": confirmed, "began_ns": began_ns, "seconds": time.monotonic() - began}), flush=True)
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    main()
