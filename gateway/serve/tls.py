"""The certificate that is served, and its change while it is: connections that stand go on with the one they began with."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.keep.folder import FolderError
from gateway.logs import log_of
from gateway.serve.certificate import Certificate, CertificateWrong, context_of

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from pathlib import Path

    from gateway.keep.own_ca import OwnCa
    from gateway.model import Now

LOOK_SECONDS = 3600.0
"""How often it is looked whether the box's own certificate ends soon."""

log = log_of("tls")


class Tls:
    """A certificate and key. `own_ca` is the authority of this box where the certificate is from it, else None."""

    def __init__(self, certificate: Path, key: Path, own_ca: OwnCa | None = None) -> None:
        """Read both. Raises CertificateWrong."""
        self.own_ca = own_ca
        self._certificate, self._key = certificate, key
        self.read()

    @property
    def context(self) -> ssl.SSLContext:
        """For the next handshake."""
        return self._context

    @property
    def held(self) -> Certificate:
        """What is served now."""
        return self._held

    def read(self) -> None:
        """Read the files again, for every handshake from now on. Raises CertificateWrong; what was served before stays."""
        held = Certificate.read(self._certificate, self._key)
        self._context = context_of(self._certificate, self._key)
        self._held = held

    async def run(self, clock: Callable[[], Now]) -> None:
        """Renew the box's own certificate before it ends, until cancelled. A clock that is not believed renews nothing."""
        while True:
            now = clock()
            if self.own_ca is not None and now.trusted:
                await self._renew(self.own_ca, now.utc)
            await asyncio.sleep(LOOK_SECONDS)

    async def _renew(self, own_ca: OwnCa, utc: float) -> None:
        try:
            if await asyncio.to_thread(own_ca.renew_if_due, utc):
                await asyncio.to_thread(self.read)
                log.info("certificate renewed", until_utc=self.held.until_utc)
        except (FolderError, CertificateWrong) as wrong:
            log.error("the certificate is not renewed", why=str(wrong))  # noqa: TRY400 - a sentence for people
