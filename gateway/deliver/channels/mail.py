"""E-mail, one connection for each: a server that was away is found again, and none is held that drops us later."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING, Final

import aiosmtplib

from gateway.deliver.channels import keys
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused, Kind, Limits, Receipt
from gateway.deliver.channels.web import cut
from gateway.model import Priority

if TYPE_CHECKING:
    from gateway.deliver.channels.contract import ChannelWiring, Inbound, Message
    from gateway.deliver.channels.mail_config import MailConfig

ANSWER_SECONDS: Final = 5.0
"""For each answer of the server."""

WHOLE_SECONDS: Final = 14.0
LONGEST_BYTES: Final = 20_000
LONGEST_TITLE_BYTES: Final = 200
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
        except aiosmtplib.SMTPException as error:
            raise _meaning(error) from error
        except ssl.SSLError as error:  # before OSError, which it is too
            raise ChannelDown("its certificate is not trusted, or our clock is wrong") from error
        except (OSError, ValueError) as error:
            raise ChannelDown(f"no connection, or it broke: {type(error).__name__}") from error
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
        mail = EmailMessage()
        mail["From"] = self._config.sender
        try:
            mail["To"] = message.to[0].to
        except (ValueError, IndexError) as error:
            raise ChannelRefused("that is not an address for mail", misconfigured=False) from error
        mail["Subject"] = cut(" ".join(message.title.split()), LONGEST_TITLE_BYTES)
        mail["Date"] = format_datetime(datetime.fromtimestamp(self._clock().utc, UTC))
        mail["Message-ID"] = make_msgid(domain=self._config.sender.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notice answers it
        if message.priority is Priority.P1:
            mail["Importance"] = "high"
            mail["X-Priority"] = "1"
        mail.set_content("\n\n".join(filter(None, (cut(message.text, LONGEST_BYTES), message.link))))
        return mail


def _trusted(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise ChannelRefused(f"the certificates in {ca_file} cannot be read: {error}") from error


def _meaning(error: aiosmtplib.SMTPException) -> ChannelDown | ChannelRefused:
    """What a failure means: wrong password, wrong address, or a server that may mend."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        worst = max(error.recipients, key=lambda refused: refused.code)
        if worst.code < _FOR_EVER:
            return ChannelDown(f"the server says {worst.code} to the address")
        return ChannelRefused(f"the server says {worst.code} to the address", misconfigured=False)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return ChannelRefused(f"the server does not take the username and password ({error.code})")
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return ChannelRefused("the server cannot encrypt, or does not know how we sign in")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        said = f"the server says {error.code}"
        return ChannelRefused(said) if error.code >= _FOR_EVER else ChannelDown(said)
    return ChannelDown(f"the server does not answer as one does: {type(error).__name__}")
