"""A certificate authority of this box alone, and the certificate that it gives the box: files of the data folder.

`gridpost tls` makes them and the running gateway renews the certificate. The authority may speak only for names of this box
and for private addresses (RFC 5280, 4.2.1.10): whoever steals its key cannot pose as a bank to the phones that believe it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.keep.folder import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    Address = IPv4Address | IPv6Address

FOLDER: Final = "tls"
CA_DAYS: Final = 3653
"""Ten years: as long as a box hangs there."""

SERVER_DAYS: Final = 397
"""The most that browsers take of a certificate (CA/Browser Forum, Baseline Requirements 6.3.2)."""

SUBJECT: Final = "Gridpost box"
"""Of the box's certificate. Not like a host name: where a certificate is for addresses alone, OpenSSL holds such a one against
the names that the authority may speak for."""

RENEW_DAYS: Final = 30
"""A certificate is renewed this long before its end: a box that is off over a holiday comes back with a good one."""

EARLIER: Final = timedelta(days=1)
"""A certificate is good from a day before it was made: phones' clocks are not all right."""

PRIVATE_NETWORKS: Final = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)
"""Addresses of no public machine: RFC 1918, RFC 3927, RFC 4193, RFC 4291."""

PRIVATE_NAMES: Final = ("localhost", "local", "lan", "home.arpa", "internal")
"""Names that no public server of names knows: RFC 6762, RFC 8375, ICANN's .internal."""


class NameRefused(Exception):
    """A name or address for which no certificate is made, as a sentence."""


@dataclass(frozen=True, slots=True)
class OwnCa:
    """The files in a data folder, there or not."""

    folder: Path

    @classmethod
    def of(cls, data: Path) -> OwnCa:
        """Those of a data folder."""
        return cls(data / FOLDER)

    @property
    def ca(self) -> Path:
        """The authority's certificate, which phones are told to believe."""
        return self.folder / "ca.pem"

    @property
    def certificate(self) -> Path:
        """The box's certificate."""
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        """The box's key."""
        return self.folder / "server.key"

    @property
    def exists(self) -> bool:
        """Whether they were made."""
        return self.certificate.exists() and self.key.exists() and self.ca.exists()

    def ca_der(self) -> bytes:
        """The authority's certificate as telephones take it. Raises FolderError."""
        return self._read_ca().public_bytes(serialization.Encoding.DER)

    def fingerprint(self) -> str:
        """Its SHA-256, by which a person knows it again. Raises FolderError."""
        return self._read_ca().fingerprint(hashes.SHA256()).hex(":").upper()

    def make(self, names: Iterable[str], addresses: Iterable[str], utc: float) -> None:
        """Make a certificate for these names and addresses; the authority too, unless there is one that may speak for them.

        Raises NameRefused, or FolderError where nothing can be written.
        """
        dns = [_name(each) for each in names]
        ips = [_address(each) for each in addresses]
        if not dns and not ips:
            raise NameRefused("A certificate is for a name or an address: give one.")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not (self.ca.exists() and self._ca_key.exists() and self._speaks_for(dns, ips)):
                self._make_ca(dns, ips, utc)
            self._make_server(_alternatives(dns, ips), utc)
            self._belongs_to_the_folders_owner()
        except OSError as error:
            raise FolderError(f"Nothing can be written to {self.folder}: {error.strerror}.") from error

    def renew_if_due(self, utc: float) -> bool:
        """Give the box a new certificate for the same names when its old one ends soon; whether it did. Raises FolderError."""
        try:
            held = x509.load_pem_x509_certificate(self.certificate.read_bytes())
            now = datetime.fromtimestamp(utc, UTC)
            if held.not_valid_before_utc <= now < held.not_valid_after_utc - timedelta(days=RENEW_DAYS):
                return False
            self._make_server(held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value, utc)
        except OSError as error:
            raise FolderError(f"The certificate in {self.folder} cannot be renewed: {error.strerror}.") from error
        except ValueError as error:
            raise FolderError(f"The files in {self.folder} are damaged. Make them anew with `gridpost tls`.") from error
        return True

    # ------------------------------------------------------------ certificates

    @property
    def _ca_key(self) -> Path:
        return self.folder / "ca.key"

    def _read_ca(self) -> x509.Certificate:
        try:
            return x509.load_pem_x509_certificate(self.ca.read_bytes())
        except (OSError, ValueError) as error:
            raise FolderError(f"{self.ca} cannot be read. Make it anew with `gridpost tls`.") from error

    def _speaks_for(self, names: list[str], addresses: list[Address]) -> bool:
        permitted = self._read_ca().extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees
        trees = [each.value for each in permitted or () if isinstance(each, x509.DNSName)]
        networks = [each.value for each in permitted or () if isinstance(each, x509.IPAddress)]
        return all(any(_is_below(name, tree) for tree in trees) for name in names) and all(
            any(address in network for network in networks if not isinstance(network, IPv4Address | IPv6Address))
            for address in addresses
        )

    def _make_ca(self, names: list[str], addresses: list[Address], utc: float) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        trees = dict.fromkeys((*PRIVATE_NAMES, *names))
        networks = [ip_network(each) for each in PRIVATE_NETWORKS]
        networks += [ip_network(each) for each in addresses if not any(each in network for network in networks)]
        permitted = [*(x509.DNSName(tree) for tree in trees), *(x509.IPAddress(network) for network in networks)]
        name = _named(f"Gridpost CA {(*names, *addresses)[0]}")  # never the name of what it signs
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        made = (
            _builder(name, name, key, utc, CA_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(x509.NameConstraints(permitted, None), critical=True)
            .add_extension(identifier, critical=False)
            .sign(key, hashes.SHA256())
        )
        _write(self._ca_key, _key_bytes(key))
        _write(self.ca, made.public_bytes(serialization.Encoding.PEM))

    def _make_server(self, names: x509.SubjectAlternativeName, utc: float) -> None:
        """Key and certificate take their places one after the other: whoever reads them between the two reads again."""
        ca = self._read_ca()
        ca_key = serialization.load_pem_private_key(self._ca_key.read_bytes(), None)
        if not isinstance(ca_key, ec.EllipticCurvePrivateKey):
            raise FolderError(f"{self._ca_key} is not the key of {self.ca}. Make them anew with `gridpost tls`.")
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
        made = (
            _builder(_named(SUBJECT), ca.subject, key, utc, SERVER_DAYS)
            .add_extension(names, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(issuer, critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        _write(self.key, _key_bytes(key))
        _write(self.certificate, made.public_bytes(serialization.Encoding.PEM))

    def _belongs_to_the_folders_owner(self) -> None:
        """Made by root, the gateway must be able to read and renew it."""
        if os.geteuid() == 0:
            owner = self.folder.parent.stat()
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, owner.st_uid, owner.st_gid)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, utc: float, days: int
) -> x509.CertificateBuilder:
    now = datetime.fromtimestamp(utc, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + timedelta(days=days) - EARLIER)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _alternatives(names: list[str], addresses: list[Address]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [*(x509.DNSName(name) for name in names), *(x509.IPAddress(address) for address in addresses)]
    )


def _name(said: str) -> str:
    name = said.strip().rstrip(".").lower()
    labels = name.split(".")
    if not name.isascii() or not all(label.replace("-", "").isalnum() and len(label) < 64 for label in labels):  # noqa: PLR2004 - RFC 1035
        raise NameRefused(f"{said!r} is not a host name such as gridpost.local")
    return name


def _address(said: str) -> Address:
    try:
        return ip_address(said.strip())
    except ValueError:
        raise NameRefused(f"{said!r} is not an IP address such as 192.168.1.20") from None


def _is_below(name: str, tree: str) -> bool:
    return name == tree or name.endswith(f".{tree}")


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption())


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and readable for this user alone."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
