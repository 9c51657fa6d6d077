"""E-mail, one connection for each: a server that was away is found again, and none is held that drops us later."""

from __future__ import annotations

import asyncio
import re
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING, Final

import aiosmtplib

from gateway.deliver.channels import keys
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused, Kind, Limits, Receipt
from gateway.deliver.channels.web import cut, with_link
from gateway.model import Priority

if TYPE_CHECKING:
    from gateway.deliver.channels.contract import ChannelWiring, Inbound, Message
    from gateway.deliver.channels.mail_config import MailConfig

ANSWER_SECONDS: Final = 5.0
"""For each answer of the server."""

WHOLE_SECONDS: Final = 14.0
LONGEST_BYTES: Final = 20_000
LONGEST_TITLE_BYTES: Final = 200
_ADDRESS: Final = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_FOR_EVER: Final = 500
"""Replies from here on will not change by trying again (RFC 5321, 4.2.1)."""


class Mail:
    """The channel."""

    kind = Kind.MAIL
    group = False
    limits = Limits(30, 10, longest_bytes=LONGEST_BYTES)

    def __init__(self, config: MailConfig, wiring: ChannelWiring) -> None:
        self.id = config.id
        self._config = config
        self._clock = wiring.clock

    async def send(self, message: Message) -> Receipt:
        """Hand over one mail."""
        mail = self._mail(message)
        password = keys.read(self._config.password)
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                await self._hand_over(mail, password)
        except TimeoutError as error:
            raise ChannelDown("the server is too slow") from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _meaning(error) from error
        return Receipt()

    async def run(self, inbound: Inbound) -> None:  # noqa: ARG002 - nothing comes back
        """Nothing goes on beside sending."""
        await asyncio.Event().wait()

    async def _hand_over(self, mail: EmailMessage, password: str) -> None:
        config = self._config
        context = None
        if config.tls != "none":
            context = await asyncio.to_thread(_trusted, config.ca_file)
        await aiosmtplib.send(
            mail,
            hostname=config.host,
            port=config.tcp_port,
            username=config.username or None,
            password=password or None,
            use_tls=config.tls == "tls",
            start_tls=config.tls == "starttls",
            tls_context=context,
            timeout=ANSWER_SECONDS,
        )

    def _mail(self, message: Message) -> EmailMessage:
        to = message.to[0].to
        if not _ADDRESS.fullmatch(to):
            raise ChannelRefused("that is not an address for mail", misconfigured=False)
        mail = EmailMessage()
        mail["From"] = self._config.sender
        mail["To"] = to
        mail["Subject"] = cut(" ".join(message.title.split()), LONGEST_TITLE_BYTES)
        mail["Date"] = format_datetime(datetime.fromtimestamp(self._clock().utc, UTC))
        mail["Message-ID"] = make_msgid(domain=self._config.sender.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notice answers it
        if message.priority is Priority.P1:
            mail["Importance"] = "high"
            mail["X-Priority"] = "1"
        mail.set_content(with_link(message, LONGEST_BYTES))
        return mail


def _trusted(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise ChannelRefused(f"the certificates in {ca_file} cannot be read: {error}") from error


def _meaning(error: Exception) -> ChannelDown | ChannelRefused:
    """What a failure means: wrong password, wrong address, or a server that may mend. Its own words are left out."""
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return ChannelDown("its certificate is not trusted, or our clock is wrong")
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        code = max(refused.code for refused in error.recipients)
        said = f"the server says {code} to the address"
        return ChannelRefused(said, misconfigured=False) if code >= _FOR_EVER else ChannelDown(said)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return ChannelRefused(f"the server does not take the username and password ({error.code})")
    if type(error) in (aiosmtplib.SMTPNotSupported, aiosmtplib.SMTPException):  # the latter for want of STARTTLS
        return ChannelRefused("the server cannot encrypt, or does not know how we sign in")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        said = f"the server says {error.code}"
        return ChannelRefused(said) if error.code >= _FOR_EVER else ChannelDown(said)
    return ChannelDown(f"no connection, or it broke: {type(error).__name__}")
