"""A certificate with its key, read from files and looked at before anything depends on it.

Cryptography is loaded by the first one that is read: 16 MB that a box without TLS does without.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography import x509

SOON = timedelta(days=30)
"""A certificate that ends within this time had better be renewed."""


_OPENSSL_SAYS = {
    "EE_KEY_TOO_SMALL": "its key is too short, RSA needs 2048 bits",
    "CA_KEY_TOO_SMALL": "the key of a certificate above it is too short, RSA needs 2048 bits",
    "CA_MD_TOO_WEAK": "it is signed by way of SHA-1 or MD5, which nobody believes any more",
}
"""By OpenSSL's reasons, for people."""


class CertificateWrong(Exception):
    """A certificate or key that cannot be served, as a sentence. `of_key`: the key's file is to be mended."""

    def __init__(self, why: str, *, of_key: bool = False) -> None:
        super().__init__(why)
        self.of_key = of_key


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says of itself. `names` are host names and addresses."""

    subject: str
    names: tuple[str, ...]
    from_utc: float
    until_utc: float

    @classmethod
    def read(cls, certificate: Path, key: Path) -> Certificate:
        """Read a PEM file (the box's own certificate first, then those above it) and its key. Raises CertificateWrong."""
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
        from cryptography.x509.oid import NameOID

        try:
            first = x509.load_pem_x509_certificates(_bytes(certificate, of_key=False))[0]
        except ValueError:
            raise CertificateWrong(f"{certificate} holds no certificate in PEM") from None
        try:
            private = serialization.load_pem_private_key(_bytes(key, of_key=True), None)
        except TypeError:
            raise CertificateWrong(
                f"{key} asks for a passphrase, and nobody is there to type it", of_key=True
            ) from None
        except ValueError:
            raise CertificateWrong(f"{key} holds no key in PEM", of_key=True) from None
        if _public(private.public_key()) != _public(first.public_key()):
            raise CertificateWrong(f"{key} is not the key of {certificate}", of_key=True)
        names = tuple(_names(first))
        common = first.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        subject = str(common[0].value) if common else next(iter(names), "")
        return cls(subject, names, first.not_valid_before_utc.timestamp(), first.not_valid_after_utc.timestamp())

    def wrong_at(self, utc: float) -> str:
        """Why no browser takes it at that moment; "" when they do."""
        if utc >= self.until_utc:
            return f"ended on {_day(self.until_utc)}: no browser takes it any more"
        if utc < self.from_utc:
            return f"is not good before {_day(self.from_utc)}"
        return ""

    def ends_soon(self, utc: float) -> str:
        """When it ends, if that is soon; "" while there is time."""
        return f"ends on {_day(self.until_utc)}: renew it" if self.until_utc - utc < SOON.total_seconds() else ""

    def covers(self, host: str) -> bool:
        """Whether a browser takes it for that host name or address."""
        try:
            return str(ip_address(host)) in self.names
        except ValueError:
            name = host.lower()
            return name in self.names or f"*.{name.partition('.')[2]}" in self.names


def context_of(certificate: Path, key: Path) -> ssl.SSLContext:
    """What a server serves a certificate with: TLS 1.2 and later. Raises CertificateWrong for what OpenSSL will not have."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION  # a client could keep us at it
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as error:
        why = _OPENSSL_SAYS.get(getattr(error, "reason", None) or "", str(error))
        raise CertificateWrong(f"{certificate} cannot be served: {why}") from error
    return context


def _bytes(path: Path, *, of_key: bool) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateWrong(f"{path} cannot be read: {error.strerror}", of_key=of_key) from None


def _public(key: object) -> bytes:
    from cryptography.hazmat.primitives import serialization

    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(encoding, form)  # type: ignore[attr-defined,no-any-return]  # every public key has it


def _names(certificate: x509.Certificate) -> Iterator[str]:
    from cryptography import x509

    try:
        said = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    for name in said.get_values_for_type(x509.DNSName):
        yield name.lower()
    for address in said.get_values_for_type(x509.IPAddress):
        yield str(address)


def _day(utc: float) -> str:
    return datetime.fromtimestamp(utc, UTC).strftime("%Y-%m-%d")
