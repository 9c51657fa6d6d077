"""Mail, against an SMTP server on loopback: encrypted, signed in, refused, silent."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from pydantic import ValidationError

from gateway.deliver.channels import mail
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused
from gateway.deliver.channels.mail_config import MailConfig
from gateway.model import Priority
from tests.deliver.channels.sending import TEXT, message, wiring
from tests.deliver.influx.certificates import make_certificate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from email.message import EmailMessage
    from pathlib import Path

    from gateway.deliver.channels.mail import Mail


class Letterbox:
    """What an SMTP server does with mail: keeps it, or says what it is told to say."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.to_recipient = "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's names
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.append(envelope.rcpt_tos)
        return "250 OK"


@asynccontextmanager
async def smtp(box: Letterbox, ssl_context: ssl.SSLContext | None = None, **settings: Any) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, loop=loop, **settings), "127.0.0.1", 0, ssl=ssl_context)
    async with server:
        yield server.sockets[0].getsockname()[1]


def server_tls(folder: Path) -> tuple[ssl.SSLContext, str]:
    certificate, key = make_certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context, str(certificate)


def channel(port: int, **more: Any) -> Mail:
    written = {"id": "mail", "kind": "mail", "host": "127.0.0.1", "port": port, "sender": "post@xfl.cn", "tls": "none"}
    return MailConfig.model_validate({**written, **more}).build(wiring())


async def test_a_mail_says_what_happened_to_one_person_and_asks_for_no_answer() -> None:
    box = Letterbox()
    async with smtp(box) as port:
        await channel(port).send(message(to="zhang@xfl.cn", title="火警\r\nBcc: all@xfl.cn", link="https://x.cn/a/T"))

    got = box.mails[0]
    assert box.recipients == [["zhang@xfl.cn"]]
    assert (got["Subject"], got["From"], got["Auto-Submitted"]) == (
        "火警 Bcc: all@xfl.cn",
        "post@xfl.cn",
        "auto-generated",
    )
    assert got["Importance"] == "high"
    assert got.get_content().split() == f"{TEXT} https://x.cn/a/T".split()


async def test_what_is_not_urgent_does_not_say_that_it_is() -> None:
    box = Letterbox()
    async with smtp(box) as port:
        await channel(port).send(message(to="zhang@xfl.cn", priority=Priority.P4))

    assert box.mails[0]["Importance"] is None


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_the_way_is_encrypted_and_the_password_goes_only_there(
    tls: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "right")
    context, authority = server_tls(tmp_path)
    settings: dict[str, Any] = {"ssl_context": context, "auth_require_tls": False}
    if tls == "starttls":
        settings = {"tls_context": context, "require_starttls": True}

    def judge(_server: Any, _session: Any, _envelope: Any, _how: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and data.password == b"right"
        return AuthResult(success=right, handled=False)

    box = Letterbox()
    signed_in = {"username": "post", "password": {"env": "MAIL_PASSWORD"}, "ca_file": authority, "tls": tls}
    async with smtp(box, authenticator=judge, **settings) as port:
        await channel(port, **signed_in).send(message(to="zhang@xfl.cn"))
        monkeypatch.setenv("MAIL_PASSWORD", "wrong")
        with pytest.raises(ChannelRefused, match="username and password"):
            await channel(port, **signed_in).send(message(to="zhang@xfl.cn"))

    assert len(box.mails) == 1


async def test_a_server_of_nobody_known_gets_nothing(tmp_path: Path) -> None:
    context, _ = server_tls(tmp_path)
    box = Letterbox()
    async with smtp(box, ssl_context=context) as port:
        with pytest.raises(ChannelDown, match="certificate"):
            await channel(port, tls="tls").send(message(to="zhang@xfl.cn"))

    assert box.mails == []


async def test_a_server_that_cannot_encrypt_gets_nothing() -> None:
    box = Letterbox()
    async with smtp(box) as port:
        with pytest.raises(ChannelRefused, match="cannot encrypt"):
            await channel(port, tls="starttls").send(message(to="zhang@xfl.cn"))

    assert box.mails == []


@pytest.mark.parametrize(("reply", "error"), [("550 no such user", ChannelRefused), ("450 later", ChannelDown)])
async def test_an_address_that_is_refused_is_this_mail_alone(reply: str, error: type[Exception]) -> None:
    box = Letterbox()
    box.to_recipient = reply
    async with smtp(box) as port:
        with pytest.raises(error) as refused:
            await channel(port).send(message(to="nobody@xfl.cn"))

    assert not getattr(refused.value, "misconfigured", False)


async def test_a_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "ANSWER_SECONDS", 0.1)

    async def silence(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        writer.close()

    silent = await asyncio.start_server(silence, "127.0.0.1", 0)
    async with silent:
        with pytest.raises(ChannelDown):
            await channel(silent.sockets[0].getsockname()[1]).send(message(to="zhang@xfl.cn"))
        await asyncio.sleep(0.3)
    with pytest.raises(ChannelDown):
        await channel(1).send(message(to="zhang@xfl.cn"))


@pytest.mark.parametrize("to", ["", "zhang@xfl.cn\r\nRCPT TO:<all@xfl.cn>"])
async def test_what_is_no_address_never_reaches_the_server(to: str) -> None:
    with pytest.raises(ChannelRefused):
        await channel(1).send(message(to=to))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"host": "mail.xfl.cn", "username": "a", "password": {"env": "X"}}, "in clear"),
        ({"username": "a"}, "belong together"),
        ({"ca_file": "x.pem"}, "needs tls"),
        ({"sender": "nobody"}, "pattern"),
    ],
)
def test_what_must_not_be_is_refused_before_it_is_tried(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        channel(25, **wrong)


def test_encryption_is_the_default() -> None:
    config = MailConfig.model_validate({"id": "m", "kind": "mail", "host": "mail.xfl.cn", "sender": "post@xfl.cn"})

    assert (config.tls, config.tcp_port) == ("tls", 465)
