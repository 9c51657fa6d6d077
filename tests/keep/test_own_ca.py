from __future__ import annotations

import ssl
import stat
import time
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from gateway.keep.folder import FolderError
from gateway.keep.own_ca import RENEW_DAYS, NameRefused, OwnCa

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400.0
NOW = time.time()


def own_ca(data: Path, *names: str, addresses: tuple[str, ...] = ("192.168.1.20",), utc: float = NOW) -> OwnCa:
    made = OwnCa.of(data)
    made.make(names or ("box.local",), addresses, utc)
    return made


def shaken_hands(made: OwnCa, asked_for: str) -> None:
    """A handshake in memory, with a client that believes the authority. Raises ssl.SSLError."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(made.certificate, made.key)
    asking = ssl.create_default_context(cadata=made.ca_der())
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    client = asking.wrap_bio(to_client, to_server, server_hostname=asked_for)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue


@pytest.mark.parametrize("asked_for", ["box.local", "post.example.cn", "192.168.1.20", "fd00::20"])
def test_who_believes_the_authority_believes_the_box(tmp_path: Path, asked_for: str) -> None:
    made = own_ca(tmp_path, "box.local", "post.example.cn", addresses=("192.168.1.20", "fd00::20"))

    shaken_hands(made, asked_for)


def test_a_box_that_has_an_address_alone_is_believed_too(tmp_path: Path) -> None:
    made = OwnCa.of(tmp_path)
    made.make((), ["192.168.1.20"], NOW)

    shaken_hands(made, "192.168.1.20")


def test_nobody_believes_it_for_another_name(tmp_path: Path) -> None:
    made = own_ca(tmp_path)

    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shaken_hands(made, "bank.example.cn")


@pytest.mark.parametrize(("name", "address"), [("bank.example.cn", "10.0.0.1"), ("box.local", "8.8.8.8")])
def test_whoever_steals_the_authority_can_speak_for_nobody_else(tmp_path: Path, name: str, address: str) -> None:
    made, thief = own_ca(tmp_path / "data"), own_ca(tmp_path / "thief", "bank.example.cn", addresses=("8.8.8.8",))
    for file in ("ca.pem", "ca.key"):  # his own certificates, signed with the stolen key
        (thief.folder / file).write_bytes((made.folder / file).read_bytes())

    thief._make_server(_named(name, address), NOW)

    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shaken_hands(thief, name if name != "box.local" else address)


def _named(name: str, address: str) -> x509.SubjectAlternativeName:
    from ipaddress import ip_address

    return x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ip_address(address))])


def test_keys_are_for_this_user_alone(tmp_path: Path) -> None:
    made = own_ca(tmp_path)

    assert {stat.S_IMODE(path.stat().st_mode) for path in made.folder.iterdir()} == {0o600}
    assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700


def test_another_name_gets_another_certificate_from_the_same_authority(tmp_path: Path) -> None:
    before = own_ca(tmp_path).fingerprint()

    made = own_ca(tmp_path, "gate.lan", addresses=("10.0.0.7",))

    assert made.fingerprint() == before
    shaken_hands(made, "gate.lan")


def test_a_name_for_which_the_authority_may_not_speak_gets_a_new_authority(tmp_path: Path) -> None:
    before = own_ca(tmp_path).fingerprint()

    made = own_ca(tmp_path, "post.example.cn")

    assert made.fingerprint() != before
    shaken_hands(made, "post.example.cn")


def test_it_is_renewed_thirty_days_before_its_end_and_not_before(tmp_path: Path) -> None:
    made = own_ca(tmp_path)
    first, authority = made.certificate.read_bytes(), made.fingerprint()
    ends = x509.load_pem_x509_certificate(first).not_valid_after_utc.timestamp()

    early = made.renew_if_due(ends - (RENEW_DAYS + 1) * DAY)
    in_time = made.renew_if_due(ends - (RENEW_DAYS - 1) * DAY)

    renewed = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    assert (early, in_time) == (False, True)
    assert renewed.not_valid_after_utc.timestamp() > ends + 300 * DAY
    names = renewed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["box.local"]
    assert made.fingerprint() == authority, "no phone has to be told again"


def test_one_that_was_made_with_a_clock_that_ran_ahead_is_renewed(tmp_path: Path) -> None:
    made = own_ca(tmp_path, utc=NOW + 1000 * DAY)

    assert made.renew_if_due(NOW)


@pytest.mark.parametrize("name", ["", "box local", "*.local", "盒子.local", "a..b"])
def test_what_is_no_name_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(NameRefused, match="is not a host name such as"):
        own_ca(tmp_path, name)


def test_what_is_no_address_is_said(tmp_path: Path) -> None:
    with pytest.raises(NameRefused, match="is not an IP address"):
        own_ca(tmp_path, addresses=("192.168.1",))


def test_a_certificate_is_for_something(tmp_path: Path) -> None:
    with pytest.raises(NameRefused, match="give one"):
        OwnCa.of(tmp_path).make((), (), NOW)


def test_damaged_files_are_said_with_the_way_out(tmp_path: Path) -> None:
    made = own_ca(tmp_path)
    made.certificate.write_text("nonsense")

    with pytest.raises(FolderError, match="gridpost tls"):
        made.renew_if_due(NOW)
