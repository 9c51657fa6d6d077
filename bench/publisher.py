"""A program that publishes a charger's events at QoS 1 as fast as the broker takes them, or at a rate.

    python -m bench.publisher --port 1883 --chargers 10 --events 20000 [--rate 500]

Each event is one that a charger of ours would send (docs/mqtt-devices.md); a sequence of its own counts them by charger.
Prints one line of JSON when the broker has confirmed them all: `{"confirmed": 20000, "seconds": 4.2}`.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from datetime import UTC, datetime

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

IN_FLIGHT = 500


def topic_of(charger: int) -> str:
    """The topic base of a charger of the benchmark."""
    return f"v1/bench/b1/charger/bench{charger}"


def event(charger: int, number: int) -> bytes:
    """A session that begins, or the end of the one before."""
    part, name = f"p{number // 2 % 12 + 1:02}", f"s{number // 2}"
    said = {"e": "begin", "p": part, "sid": name, "tag": "", "kwh": number / 10}
    if number % 2:
        said = {"e": "end", "p": part, "sid": name, "why": "full", "skwh": 0.5, "s": 3600}
    return json.dumps(
        {
            "v": 1,
            "id": f"{charger}-{number}",
            "ts": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "seq": number + 1,
            "boot": 1,
            "q": "ok",
            "d": said,
        }
    ).encode()


def main() -> None:
    """Publish, and wait for every confirmation."""
    parser = argparse.ArgumentParser(prog="python -m bench.publisher", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--chargers", type=int, default=10)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=0)
    given = parser.parse_args()
    room, confirmed, done = threading.Semaphore(IN_FLIGHT), 0, threading.Event()

    def published(*_: object) -> None:
        nonlocal confirmed
        confirmed += 1
        room.release()
        if confirmed == given.events:
            done.set()

    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-publisher", protocol=MQTTv5)
    client.on_publish = published
    client.max_inflight_messages_set(IN_FLIGHT)
    client.connect("127.0.0.1", given.port)
    client.loop_start()
    began = time.monotonic()
    for number in range(given.events):
        if given.rate:
            time.sleep(max(0.0, began + number / given.rate - time.monotonic()))
        room.acquire()
        charger = number % given.chargers
        client.publish(f"{topic_of(charger)}/event", event(charger, number // given.chargers), qos=1)
    done.wait(60)
    print(json.dumps({"confirmed": confirmed, "seconds": time.monotonic() - began}), flush=True)
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    main()
