"""A profile that is wrong is answered with everything that is wrong in it, by line, and with what would be right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from drivers.mqtt.product import load_mqtt_product, mqtt_products
from drivers.profile import ProfileError

if TYPE_CHECKING:
    from pathlib import Path

TOY = """\
product: toy
title: A toy
protocol: mqtt
source: this test
parts:
  port: {p1..p2: {amperes: 10}}
every_seconds: {device: 60}
envelope: {id: id, boot: boot, seq: seq, time: {path: ts}}
messages:
  state: {topic: "{topic}/state", each: ports, part: {group: port, path: no, by: number}}
  all: {topic: "{topic}/all"}
  begin: {topic: "{topic}/event", when: {e: begin}, part: {group: port, path: p}}
  ask: {topic: "{topic}/ask"}
  ack: {topic: "{topic}/ack"}
  lwt: {topic: "{topic}/lwt", format: text}
points:
  - {key: temperature, from: all, path: temp, unit: Cel}
  - {key: "{port}.on", from: state, path: sw, kind: boolean}
  - {key: "{port}.power", from: all, path: "w[{index}]", unit: W}
events:
  - {kind: session_started, from: begin, body: {part: $part, tag: {path: tag, secret: tag}}}
asks:
  - kind: pickup
    from: ask
    body: {code: {path: code, secret: pickup}}
    answer: {topic: "{topic}/answer", json: {re: $id, ok: $ok}}
acks:
  - {from: ack, id: re, ok: {path: ok, kind: boolean}}
alive: {from: lwt}
commands:
  "{port}.stop":
    publish: {topic: "{topic}/cmd", json: {cmd: stop, p: $number, n: $id}}
    acknowledged: true
    confirm: {points: {"{port}.on": false}}
    acts_as: stop_charging
wants:
  charging_off:
    parts: port
    hold: {topic: "{topic}/cmd", json: {cmd: hold, p: $parts}}
    shown_by: {"{port}.on": false}
""".replace("path: no,", 'path: "no",')


def toy(folder: Path, text: str) -> None:
    (folder / "toy.yaml").write_text(text, encoding="utf-8")


def wrong(folder: Path, text: str) -> list[str]:
    toy(folder, text)
    with pytest.raises(ProfileError) as raised:
        load_mqtt_product("toy", [folder])
    return [f"{finding.line}: {finding.key}: {finding.what}" for finding in raised.value.findings]


def test_the_toy_is_right(tmp_path: Path) -> None:
    toy(tmp_path, TOY)

    assert load_mqtt_product("toy", [tmp_path]).title == "A toy"
    assert "toy" in mqtt_products([tmp_path])


@pytest.mark.parametrize(
    ("right", "changed", "said"),
    [
        ("product: toy", "product: top", "1: product: must be the file's name, 'toy'"),
        ("title: A toy", "titles: A toy", "is not a known key; did you mean 'title'"),
        ("source: this test", "source: ''", "4: source: "),
        ("p1..p2", "p1..q2", "is no range of parts: write it as p01..p12"),
        ("p1..p2", "p9..p10", "is no range of parts"),
        ("p1..p2", "p2..p1", "is no range of parts"),
        ("p1..p2", "P1", "a part is named in lower case letters, digits and _"),
        ("p1..p2: {amperes: 10}", "p1..p2: {}, p2: {}", "there are two parts 'p2'"),
        ("p1..p2: {amperes: 10}", "p1: {}, q1: {}", "`number` is a whole number, and another for each part of a group"),
        ("p1..p2: {amperes: 10}", "p1: {number: x}", "`number` is a whole number"),
        ("p1..p2", "p0001..p0999", "there are more than 512 parts"),
        ("port: {p1..p2: {amperes: 10}}", "port: {}", "has no parts"),
        ("port: {p1..p2: {amperes: 10}}", "device: {p1: {}}", "'device' has a meaning of its own"),
        ("{device: 60}", "{devices: 60}", "there is no group of parts 'devices'; did you mean 'device'?"),
        ("{device: 60}", "{device: 0}", "7: every_seconds.device: "),
        (", seq: seq", "", "`boot` and `seq` belong together"),
        ("{path: ts}", "{path: ts, zone: Asia/Peking}", "is no time zone: write it as Asia/Shanghai"),
        ("{path: ts}", "{path: ts, as: minutes}", "8: envelope.time.as: "),
        ("{path: ts}", "{path: t..s}", "is no path: write it as a.b[0].c"),
        ('"{topic}/state"', '"state"', "10: messages.state.topic: holds `{topic}`, the device's own topic, once"),
        ('"{topic}/state"', '"x{topic}/state"', "holds `{topic}`, the device's own topic, once and as whole levels"),
        ('"{topic}/state"', '"{topic}/#"', "may hold `+` for a whole level, and no `#`"),
        ('"{topic}/state"', '"{topic}/+x"', "may hold `+` for a whole level"),
        ('"{topic}/state"', '"{topic}/+/+"', "may hold one `+`, behind `{topic}`"),
        ('"{topic}/state"', '"+/{topic}"', "may hold one `+`, behind `{topic}`"),
        ("group: port, path:", "group: ports, path:", "there is no group of parts 'ports'; did you mean 'port'?"),
        ("by: number", "by: numbers", "10: messages.state.part.by: "),
        (', part: {group: port, path: "no", by: number}', "", "`each` needs `part`: by what an item names its part"),
        ('each: ports, part: {group: port, path: "no"', 'part: {group: port, path: "$key"', "$key is of an item"),
        ('path: "no", by: number', "path: $position, by: number", "$position is neither a name nor a number"),
        ('path: "no", by: number', "path: $level", "$level is what stands for `+` in the topic, and there is none"),
        (
            'each: ports, part: {group: port, path: "no", by: number}',
            "part: {group: port, path: $only}",
            "$only: there are 2 parts",
        ),
        ("format: text}", "format: text, when: {a: 1}}", "a text has nothing in it"),
        (
            'all: {topic: "{topic}/all"}',
            'all: {topic: "{topic}/state"}',
            "is never reached: state takes every such message",
        ),
        (
            'ack: {topic: "{topic}/ack"}',
            'ack: {topic: "{topic}/lwt"}',
            "its topic is also that of ack: they must agree in `format`",
        ),
        (
            "from: all, path: temp",
            "from: al, path: temp",
            "17: points[0].from: there is no message 'al'; did you mean 'all'?",
        ),
        ("path: temp, unit", "path: temp, meaning: heat, unit", "meaning 'heat' is not in the vocabulary: "),
        ("key: temperature", "key: Temperature", "17: points[0].key: "),
        ("key: temperature", "key: clock_wrong", "there are two points 'clock_wrong'"),
        ("key: temperature", "key: simulated", "no point may be called 'simulated'"),
        (
            "key: temperature",
            'key: "{port}.on"',
            "17: points[0].path: all names no port: write {port}, {number} or {index} in it",
        ),
        ("path: temp, unit", 'path: "temp[{index}]", unit', "{index} is no part of this point"),
        ("path: temp, unit", 'path: temp, bit: "{index}", unit', "unit and deadband belong to numbers"),
        (
            "path: temp, unit: Cel",
            'path: temp, bit: "{index}"',
            "is of the device as a whole, which has no number and no position",
        ),
        (
            '"{port}.on", from: state, path: sw',
            '"{port}.on", from: state, path: "{port}.sw"',
            "begins at the port that state names",
        ),
        ('"{port}.power"', '"{port}.on"', "there are two points 'p1.on'"),
        ('"{port}.power"', '"{socket}.power"', "there is no group of parts 'socket'"),
        ('"w[{index}]"', '"w[{socket}]"', "{socket} is no part of this point"),
        ("unit: W}", "unit: W, scale: 0}", "scale 0 would make every value the same"),
        ("unit: W}", "unit: W, low: 2, high: 1}", "low is above high"),
        ("unit: W}", "unit: W, other: 1}", "`other` is what stands in no `map`, and there is none"),
        ("unit: W}", "map: {0: closed, 1: true}}", "the map gives 'closed', which is not real"),
        ("unit: W}", "map: {0: 1}, scale: 2}", "a map gives the value as it is: leave out scale and offset"),
        ("unit: W}", "kind: integer, scale: 0.1}", "with this scale or offset it is no integer"),
        ("unit: W}", "bit: 0, char: 0}", "`bit` is of a number and `char` of a text: give one of them"),
        ("unit: W}", "kind: text, low: 1}", "scale, offset, low and high belong to numbers, and this is text"),
        ("unit: W}", "unit: W, also: [{from: lwt, path: x}]}", "19: points[2].also[0].path: "),
        ("unit: W}", "unit: W, also: [{from: all, path: x, kind: text}]}", "every message must give it as real"),
        ("from: begin,", "from: began,", "there is no message 'began'; did you mean 'begin'?"),
        ("kind: session_started", "kind: Session Started", "21: events[0].kind: "),
        ("from: begin,", "from: all,", "21: events[0].body.part: the message names no part"),
        ("{path: tag, secret: tag}", '{path: "t[{index}]", secret: tag}', "leave out the braces"),
        ("{path: tag, secret: tag}", "{secret: tag}", "give a `path` or a `value`"),
        ("{path: code, secret: pickup}", "{path: code, secret: pin}", "25: asks[0].body.code.secret: "),
        ("ok: $ok", "ok: $fine", "nothing fills $fine; known here: $id, $index, $number, $ok, $part, $why"),
        ('"{topic}/answer"', '"{topic}/$part"', "answers go to one topic, without fillers"),
        ('"{topic}/answer"', '"{topic}/$code"', "may hold $part and $number only, and not $code"),
        ("{id: id, boot", "{boot", "give the path of what its answer repeats, or the envelope's `id`"),
        ("{path: ok, kind: boolean}", "{path: ok}", "is true or false: give it `kind: boolean`"),
        ("alive: {from: lwt}", "alive: {from: will}", "there is no message 'will'"),
        ('"{port}.stop"', '"{plug}.stop"', "there is no group of parts 'plug'"),
        (
            "p: $number, n: $id",
            "p: $number, n: $nr",
            "nothing fills $nr; known here: $id, $index, $number, $part, $until, $until_ms",
        ),
        ("p: $number, n: $id", "p: $parts", "nothing fills $parts"),
        (
            "    acknowledged: true\n",
            "    acknowledged: true\n    arguments: {id: {}}\n",
            "$id has a meaning of its own",
        ),
        ("acks:\n  - {from: ack, id: re, ok: {path: ok, kind: boolean}}\n", "", "nothing under `acks` says so"),
        ("acts_as: stop_charging", "acts_as: stop", "acts_as 'stop' is none of fire_reset, hold_free, "),
        (
            '{points: {"{port}.on": false}}',
            '{points: {"{port}.off": true}}',
            "there is no such point here; did you mean '{port}.on'?",
        ),
        ('{points: {"{port}.on": false}}', '{points: {"{port}.on": $level}}', "there is no argument 'level'"),
        ("    parts: port\n", "    parts: plug\n", "there is no group of parts 'plug'"),
        (
            "cmd: hold, p: $parts",
            "cmd: hold, p: $parts, q: $part",
            "speaks of one part and of all: use $part or $parts",
        ),
        ("cmd: hold, p: $parts", "cmd: hold, p: $until", "nothing fills $until"),
        ('shown_by: {"{port}.on": false}', "shown_by: {}", "nothing would show that no current flows"),
        ('shown_by: {"{port}.on": false}', "shown_by: {temperature: 0}", "there is no such point of each port"),
        ("charging_off:", "fire_release:", "37: wants.fire_release"),
        ("json: {cmd: hold, p: $parts}", "json: {cmd: hold}, text: HOLD", "give either `json` or `text`"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, right: str, changed: str, said: str) -> None:
    assert right in TOY

    findings = wrong(tmp_path, TOY.replace(right, changed, 1))

    assert any(said in finding for finding in findings), findings
    lines = len(TOY.splitlines()) + 1
    assert all(0 < int(re.match(r"\d+", finding)[0]) <= lines for finding in findings)  # type: ignore[index]  # each begins so


def test_a_command_that_nothing_would_show_is_refused(tmp_path: Path) -> None:
    text = TOY.replace("    acknowledged: true\n", "").replace('    confirm: {points: {"{port}.on": false}}\n', "")

    assert any("nothing would show whether it was done" in finding for finding in wrong(tmp_path, text))


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = (
        TOY.replace("from: all, path: temp", "from: al, path: temp")
        .replace("n: $id}", "n: $nr}")
        .replace("parts: port", "parts: plug")
    )

    findings = wrong(tmp_path, text)

    assert [finding.partition(":")[0] for finding in findings[:2]] == ["17", "32"]
    assert len(findings) >= 3


def test_a_file_that_nobody_can_read_is_named_with_all_others_that_are_wrong(tmp_path: Path) -> None:
    toy(tmp_path, TOY.replace("title: A toy", "title: [A toy"))
    (tmp_path / "other.yaml").write_text(TOY.replace("product: toy", "product: another"), encoding="utf-8")

    with pytest.raises(
        ProfileError, match=r"(?s)toy\.yaml:\d+: is not YAML.*other\.yaml:1: product: must be the file's name"
    ):
        mqtt_products([tmp_path])


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    toy(tmp_path, TOY)
    before = load_mqtt_product("toy", [tmp_path])

    toy(tmp_path, TOY.replace("A toy", "Another toy"))

    assert load_mqtt_product("toy", [tmp_path]).title == "Another toy"
    assert before.title == "A toy"
