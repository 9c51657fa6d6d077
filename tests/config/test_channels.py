"""Channels and heartbeats as written, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from gateway.config.alarm_rules import rules_of
from gateway.config.channels import SECTIONS, AnyChannel, unreachable
from gateway.config.load import ConfigError, load
from gateway.decide.rules import CHANNEL_FAILING, HEARTBEAT_UNANSWERED

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
compound: {id: c1, name: 幸福里, simulated: false}
http: {public_url: "https://post.example.cn/gridpost"}
channels:
  - {id: chat, kind: wecom, key: {env: KEY}}
  - {id: ding, kind: dingtalk, token: {env: KEY}, secret: {env: KEY}}
  - {id: mail, kind: mail, host: smtp.example.cn, sender: post@example.cn, username: post, password: {env: KEY}}
  - {id: voice, kind: aliyun_voice, key_id: {env: KEY}, key_secret: {env: KEY}, template: TTS_1}
  - {id: text, kind: aliyun_sms, key_id: {env: KEY}, key_secret: {env: KEY}, template: SMS_1, sign: 幸福里}
  - {id: other, kind: sms_http, url: "https://sms.example.cn/", body: {to: "{to}", text: "{text}"}}
  - {id: modem, kind: sms_modem, path: /dev/ttyUSB2}
  - {id: screen, kind: mqtt, host: 127.0.0.1, topic: c1/notices}
  - id: horn
    kind: siren
    device: relays
    sound: {command: relay1.switch, arguments: {on: true}}
    silence: {command: relay1.switch, arguments: {on: false}}
heartbeat:
  - {id: watcher, kind: http, url: "https://hc.example.cn/ping/1"}
  - {id: centre, kind: mqtt, host: mq.example.cn, topic: boxes/c1, every_seconds: 30}
lines:
  - id: field
    host: 127.0.0.1
    devices:
      - {id: relays, product: relay-8, unit: 1}
"""


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "k")


def written(folder: Path, text: str) -> Path:
    path = folder / "compound.yaml"
    path.write_text(text, "utf-8")
    return path


def findings(folder: Path, old: str, new: str) -> list[str]:
    assert old in GOOD
    with pytest.raises(ConfigError) as wrong:
        load(written(folder, GOOD.replace(old, new)))
    return [str(finding).partition("compound.yaml:")[2] for finding in wrong.value.findings]


def test_every_channel_and_heartbeat_may_say_that_it_fails(tmp_path: Path) -> None:
    plan = load(written(tmp_path, GOOD))

    house = rules_of(plan, {}).house
    assert [channel.id for channel in plan.channels][:3] == ["chat", "ding", "mail"]
    assert {source for rule, source in house if rule == CHANNEL_FAILING} == {channel.id for channel in plan.channels}
    assert {source for rule, source in house if rule == HEARTBEAT_UNANSWERED} == {"watcher", "centre"}


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("id: ding, kind", "id: chat, kind", 5, "'chat' is there twice"),
        ("id: centre", "id: watcher", 19, "'watcher' is there twice"),
        ("chat, kind: wecom, key: {env: KEY}", "chat, kind: wecom, key: {env: NOT_THERE}", 4, "NOT_THERE is not set"),
        ("device: relays", "device: relais", 14, "there is no device 'relais'"),
        ("sound: {command: relay1.switch", "sound: {command: relay9.switch", 15, "takes no command 'relay9.switch'"),
        ("{on: false}", "{off: true}", 16, "exactly these arguments: on"),
        ("{on: false}", "{on: true}", 16, "never fall silent"),
        ("https://post.example.cn/gridpost", "https://192.168.1.5", 2, "cannot be reached from the Internet"),
        ("kind: sms_modem, path", "kind: sms_modem, speed", 10, "is not a known key"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, what: str) -> None:
    found = findings(tmp_path, old, new)

    assert any(each.startswith(f"{line}:") and what in each for each in found), found


def test_a_siren_behind_a_lock_is_none(tmp_path: Path) -> None:
    text = GOOD.replace(
        "product: relay-8, unit: 1",
        "product: acp1-2door, unit: 1, building: b1, parts: {door1: {escape: true, lock: fail_safe}, door2: {used: false}}",
    )
    text = text.replace("relay1.switch", "door1.unlock") + "buildings: [{id: b1, name: 1号楼}]\n"

    with pytest.raises(ConfigError, match="moves a door"):
        load(written(tmp_path, text))


def test_simulated_things_reach_real_people_only_where_that_is_written(tmp_path: Path) -> None:
    text = GOOD.replace("simulated: false", "simulated: true")

    with pytest.raises(ConfigError) as wrong:
        load(written(tmp_path, text))

    refused = [finding.line for finding in wrong.value.findings if "allow_simulated" in finding.key]
    assert refused == [4, 5, 6, 7, 8, 9, 10, 18, 19]


def test_a_simulated_siren_on_the_real_bus_is_refused_and_one_on_loopback_is_not(tmp_path: Path) -> None:
    text = """\
compound: {id: c1, name: 幸福里, simulated: true}
channels:
  - id: horn
    kind: siren
    device: relays
    sound: {command: relay1.switch, arguments: {on: true}}
    silence: {command: relay1.switch, arguments: {on: false}}
lines:
  - id: field
    host: 127.0.0.1
    devices:
      - {id: relays, product: relay-8, unit: 1}
"""
    load(written(tmp_path, text))

    with pytest.raises(ConfigError, match="leaves this machine"):
        load(written(tmp_path, text.replace("127.0.0.1", "10.0.0.5")))

    load(
        written(
            tmp_path,
            text.replace("127.0.0.1", "10.0.0.5").replace("kind: siren", "kind: siren\n    allow_simulated: true"),
        )
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://post.example.cn",
        "https://127.0.0.1",
        "https://localhost",
        "https://10.1.2.3:8443",
        "https://192.168.1.9",
        "https://169.254.1.1",
        "https://100.64.0.7",
        "https://[fe80::1]",
        "https://[::1]",
        "https://gridpost",
        "https://gridpost.local",
        "https://post.lan.",
        "https://box.home.arpa",
        "https://127.1",
        "https://0x7f.1",
        "https://0177.0.0.1",
        "https://１２７.0.0.1",
        "https://224.0.0.1",
        "https://post..cn",
        "https://post.example.cn:0",
        "https://post.example.cn/a b",
        "https://post.example.cn/?a=1",
        "https://me@post.example.cn",
        "https://",
        "https://[::1",
        "post.example.cn",
    ],
)
def test_a_link_that_no_telephone_can_open_is_refused(url: str) -> None:
    assert unreachable(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://post.example.cn",
        "https://post.example.cn:8443/gridpost/",
        "https://幸福里.example.cn",
        "https://1.1.1.1",
    ],
)
def test_a_link_that_a_telephone_can_open_is_not(url: str) -> None:
    assert unreachable(url) == ""


def test_every_kind_has_a_part_of_the_reference_page_and_every_key_its_words() -> None:
    union, *_ = get_args(AnyChannel)

    assert set(get_args(union)) <= set(SECTIONS.values())
    assert [
        f"{model.__name__}.{name}"
        for model in SECTIONS.values()
        for name, field in model.model_fields.items()
        if not field.description
    ] == []
