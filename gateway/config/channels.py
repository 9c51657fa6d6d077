"""Channels to people and heartbeats as written, and what must fit before a message depends on them."""

from __future__ import annotations

import unicodedata
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from drivers.addresses import is_loopback
from drivers.secret import Secret, SecretMissing
from gateway.deliver.channels.aliyun_config import AliyunSmsConfig, AliyunVoiceConfig
from gateway.deliver.channels.apprise_config import AppriseConfig
from gateway.deliver.channels.chat_config import (
    DingTalkConfig,
    DingTalkStream,
    FeishuApplication,
    FeishuConfig,
    WeComConfig,
    WeComSmartConfig,
)
from gateway.deliver.channels.mail_config import MailConfig
from gateway.deliver.channels.modem_config import ModemConfig
from gateway.deliver.channels.siren_config import SirenConfig, Switching
from gateway.deliver.channels.sms_http_config import SmsHttpConfig, Success
from gateway.deliver.channels.topic_config import TopicConfig
from gateway.deliver.heartbeat.config import HttpHeartbeat, MqttHeartbeat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drivers.contract import Device
    from drivers.findings import Finding, Written
    from gateway.config.compound import CompoundFile
    from gateway.config.plan import Plan

AnyChannel = Annotated[
    WeComConfig
    | WeComSmartConfig
    | DingTalkConfig
    | FeishuConfig
    | MailConfig
    | AliyunVoiceConfig
    | AliyunSmsConfig
    | SmsHttpConfig
    | ModemConfig
    | TopicConfig
    | SirenConfig
    | AppriseConfig,
    Field(discriminator="kind"),
]

SECTIONS: Final[dict[str, type[BaseModel]]] = {
    "channels`, kind `wecom": WeComConfig,
    "channels`, kind `wecom_smart": WeComSmartConfig,
    "channels`, kind `dingtalk": DingTalkConfig,
    "channels.answers`, kind `dingtalk": DingTalkStream,
    "channels`, kind `feishu": FeishuConfig,
    "channels.answers`, kind `feishu": FeishuApplication,
    "channels`, kind `mail": MailConfig,
    "channels`, kind `aliyun_voice": AliyunVoiceConfig,
    "channels`, kind `aliyun_sms": AliyunSmsConfig,
    "channels`, kind `sms_http": SmsHttpConfig,
    "channels.success`, kind `sms_http": Success,
    "channels`, kind `sms_modem": ModemConfig,
    "channels`, kind `mqtt": TopicConfig,
    "channels`, kind `siren": SirenConfig,
    "channels.sound`, `channels.silence`, kind `siren": Switching,
    "channels`, kind `apprise": AppriseConfig,
    "heartbeat`, kind `http": HttpHeartbeat,
    "heartbeat`, kind `mqtt": MqttHeartbeat,
}
"""The parts of the page of the configuration that these are."""

NAMES_OF_NO_INTERNET: Final = (
    ".local",
    ".lan",
    ".home",
    ".internal",
    ".intranet",
    ".localhost",
    ".home.arpa",
    ".test",
    ".invalid",
)
"""Names that no public server of names knows: RFC 6762, 6761, 8375, ICANN's .internal, and what routers make up."""


LONGEST_LABEL: Final = 63
"""Of a host's name, RFC 1035."""


def check_channels(files: list[tuple[Written, CompoundFile]], plan: Plan) -> Iterable[Finding]:
    """Ids that stand twice, secrets that are not there, simulated messages on their way to real people, useless links."""
    for section in ("channels", "heartbeat"):
        seen: dict[str, Finding] = {}
        for written, file in files:
            for index, each in enumerate(getattr(file, section)):
                at = written.finding((section, index), "")
                first = seen.setdefault(each.id, at)
                if first is not at:
                    yield at.saying(f"{each.id!r} is there twice (first: {first.file}:{first.line})", "id")
                if plan.compound.simulated and not (each.local or each.allow_simulated):
                    what = (
                        f"{each.target} is not on this machine, and the compound is simulated: real people are told of"
                    )
                    yield at.saying(f"{what} simulated things only with allow_simulated: true", "allow_simulated")
                yield from _secrets(each, at)
    for written, file in files:
        if file.http is not None and file.http.public_url and (why := unreachable(file.http.public_url)):
            yield written.finding(("http", "public_url"), why)
    yield from _ports(files)


def check_sirens(files: list[tuple[Written, CompoundFile]], plan: Plan) -> Iterable[Finding]:
    """Whether the devices and commands of sirens are there, and a simulated siren cannot wake real people."""
    lines = {device.id: (line, device) for line, driver in plan.drivers.items() for device in driver.devices}
    for written, file in files:
        for index, channel in enumerate(file.channels):
            if not isinstance(channel, SirenConfig):
                continue
            at = ("channels", index)
            if channel.device not in lines:
                yield written.finding((*at, "device"), f"there is no device {channel.device!r}")
                continue
            line, device = lines[channel.device]
            for key, switching in (("sound", channel.sound), ("silence", channel.silence)):
                for below, what in _wrong(device, switching):
                    yield written.finding((*at, key, below), what)
            if channel.sound == channel.silence:
                yield written.finding((*at, "silence"), "is what switches it on: it would never fall silent")
            if plan.compound.simulated and not channel.allow_simulated and not _stays_here(plan, line):
                what = f"line {line} leaves this machine, and the compound is simulated: it sounds for simulated alarms only"
                yield written.finding((*at, "device"), f"{what} with allow_simulated: true")


def unreachable(url: str) -> str:  # noqa: PLR0911 - one return for each thing that may be wrong
    """Why a telephone on the Internet could not open that address; "" when it could, as far as can be seen from here."""
    try:
        parts = urlsplit(url)
        usable = parts.port != 0 and not any(letter.isspace() for letter in url)
    except ValueError:
        usable = False
    if not usable:
        return "is not an address such as https://post.example.cn"
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme != "https" or not host:
        return "begins with https:// and names a host: whoever sees a link in clear could answer the alarm"
    if parts.query or parts.fragment or parts.username is not None or parts.password is not None:
        return "is an address alone, without ?, # or a user: links are put behind it"
    try:
        address = ip_address(host)
    except ValueError:
        if not _is_public_name(host):
            return f"the Internet does not know the name {host}: a link would open nowhere but here"
        return ""
    if not address.is_global or address.is_multicast:
        return f"{host} cannot be reached from the Internet: a link would open nowhere but here"
    return ""


def _is_public_name(host: str) -> bool:
    """Whether a public server of names could know it. A browser takes 127.1, 0x7f.1 and full-width digits for addresses."""
    *_, top = labels = unicodedata.normalize("NFKC", host).split(".")
    whole = all(0 < len(label) <= LONGEST_LABEL and not label.startswith("-") for label in labels)
    number = top.isdecimal() or top.startswith("0x")
    return whole and len(labels) > 1 and not number and not host.endswith(NAMES_OF_NO_INTERNET)


def _wrong(device: Device, switching: Switching) -> Iterator[tuple[str, str]]:
    """What is wrong with a command of a siren, by the key that it stands under."""
    commands = {command.name: command for command in device.commands}
    command = commands.get(switching.command)
    if command is None:
        known = ", ".join(sorted(commands)) or "none"
        yield "command", f"{device.id} takes no command {switching.command!r}; it takes {known}"
    elif command.acts_as:
        yield "command", f"{switching.command} moves a door, a locker or a charger and no siren"
    elif command.arguments.keys() != switching.arguments.keys():
        wanted = ", ".join(sorted(command.arguments)) or "none"
        yield "arguments", f"{switching.command} needs exactly these arguments: {wanted}"


def _stays_here(plan: Plan, line: str) -> bool:
    """Whether a line leads nowhere but to this machine: loopback, or the pseudo-terminal of a simulator."""
    config = next(each for each in plan.lines if each.id == line)
    serial = getattr(config, "serial", None)
    if serial is not None:
        return str(serial.path).startswith("/dev/pts/")
    return is_loopback(str(getattr(config, "host", "")))


def _ports(files: list[tuple[Written, CompoundFile]]) -> Iterator[Finding]:
    seen: dict[str, Finding] = {}
    for written, file in files:
        for index, channel in enumerate(file.channels):
            if isinstance(channel, ModemConfig):
                at = written.finding(("channels", index), "")
                first = seen.setdefault(channel.path, at)
                if first is not at:
                    yield at.saying(f"another modem has this port already ({first.file}:{first.line})", "path")


def _secrets(model: BaseModel, at: Finding) -> Iterator[Finding]:
    for key in type(model).model_fields:
        value = getattr(model, key)
        if isinstance(value, Secret):
            try:
                value.read()
            except SecretMissing as missing:
                yield at.saying(str(missing), key)
        elif isinstance(value, BaseModel):
            for found in _secrets(value, at):
                yield at.saying(found.what, f"{key}.{found.key.removeprefix(f'{at.key}.')}")
