from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.config.load import ConfigError, load
from gateway.config.tls import tls_of
from gateway.keep.own_ca import OwnCa

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config.plan import Plan

DAY = 86_400.0
HTTP = "http: {bind: '0.0.0.0:8443', names: [box.local], tls: {certificate: tls/server.pem, key: tls/server.key}}"


def certified(folder: Path, *names: str, utc: float | None = None) -> OwnCa:
    made = OwnCa.of(folder)
    made.make(names or ("box.local",), (), time.time() if utc is None else utc)
    return made


def loaded(folder: Path, http: str = HTTP) -> Plan:
    path = folder / "compound.yaml"
    path.write_text(f"compound: {{id: xfl, name: 幸福里}}\n{http}\n")
    return load(path)


def found(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder)
    return [f"{finding.key}: {finding.what}" for finding in caught.value.findings]


def warned(folder: Path, http: str = HTTP) -> list[str]:
    return [f"{each.key}: {each.what}" for each in loaded(folder, http).warnings if "http" in each.key]


def test_a_certificate_that_is_right_is_taken_without_a_word(tmp_path: Path) -> None:
    certified(tmp_path)

    assert warned(tmp_path) == []


def test_files_that_are_missing_are_said_at_their_keys(tmp_path: Path) -> None:
    [said] = found(tmp_path)

    assert said.startswith("http.tls.certificate: ")
    assert said.endswith("server.pem cannot be read: No such file or directory")


def test_a_key_of_another_certificate_is_said(tmp_path: Path) -> None:
    certified(tmp_path)
    certified(tmp_path / "other")
    (tmp_path / "tls" / "server.key").write_bytes((tmp_path / "other" / "tls" / "server.key").read_bytes())

    [said] = found(tmp_path)

    assert said.startswith("http.tls.key: ")
    assert "is not the key of" in said


def test_a_key_with_a_passphrase_is_said(tmp_path: Path) -> None:
    certified(tmp_path)
    sealed = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    (tmp_path / "tls" / "server.key").write_bytes(sealed)

    [said] = found(tmp_path)

    assert "nobody is there to type it" in said


@pytest.mark.parametrize("file", ["server.pem", "server.key"])
def test_what_is_no_pem_is_said(tmp_path: Path, file: str) -> None:
    certified(tmp_path)
    (tmp_path / "tls" / file).write_text("nonsense")

    [said] = found(tmp_path)

    assert "in PEM" in said


def test_a_certificate_that_has_ended_is_a_warning_for_alarms_are_worth_more(tmp_path: Path) -> None:
    certified(tmp_path, utc=time.time() - 400 * DAY)

    [said] = warned(tmp_path)

    assert "no browser takes it any more" in said


def test_one_that_ends_soon_is_a_warning(tmp_path: Path) -> None:
    certified(tmp_path, utc=time.time() - 380 * DAY)

    [said] = warned(tmp_path)

    assert said.endswith("renew it")


def test_one_that_is_not_good_yet_is_a_warning(tmp_path: Path) -> None:
    certified(tmp_path, utc=time.time() + 3 * DAY)

    assert ["is not good before" in said for said in warned(tmp_path)] == [True]


def test_a_name_that_it_does_not_cover_is_a_warning(tmp_path: Path) -> None:
    certified(tmp_path, "other.local")

    [said] = warned(tmp_path)

    assert said == "http.tls.certificate: it is not for box.local, which is one of `http.names`"


def test_without_names_the_bound_address_is_looked_at(tmp_path: Path) -> None:
    certified(tmp_path)

    [said] = warned(tmp_path, HTTP.replace("0.0.0.0", "192.0.2.1").replace("names: [box.local], ", ""))

    assert "it is not for 192.0.2.1" in said


def test_the_boxs_own_certificate_is_served_beyond_this_machine_alone(tmp_path: Path) -> None:
    certified(tmp_path / "data")
    plan = loaded(tmp_path, "")

    outside, inside = tls_of(plan, tmp_path / "data", "0.0.0.0:0"), tls_of(plan, tmp_path / "data", "127.0.0.1:0")

    assert outside is not None
    assert outside.own_ca is not None
    assert inside is None


def test_one_of_ones_own_goes_before_it_everywhere(tmp_path: Path) -> None:
    certified(tmp_path)
    certified(tmp_path / "data")

    served = tls_of(loaded(tmp_path), tmp_path / "data", "127.0.0.1:0")

    assert served is not None
    assert served.own_ca is None


def test_without_any_there_is_none(tmp_path: Path) -> None:
    assert tls_of(loaded(tmp_path, ""), tmp_path, "0.0.0.0:0") is None


def test_a_certificate_that_openssl_will_not_serve_is_said_at_its_key(tmp_path: Path) -> None:
    certified(tmp_path)
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 - no server takes it since OpenSSL 3
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "box.local")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, short.public_key(), 1, now, now + timedelta(days=90))
    pem = made.sign(short, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (tmp_path / "tls" / "server.pem").write_bytes(pem)
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "tls" / "server.key").write_bytes(short.private_bytes(serialization.Encoding.PEM, *plain))

    [said] = found(tmp_path)

    assert said.startswith("http.tls.certificate: ")
    assert said.endswith("server.pem cannot be served: its key is too short, RSA needs 2048 bits")


@pytest.mark.parametrize(
    ("http", "warns"),
    [
        ("http: {bind: '0.0.0.0:8443'}", True),
        ("http: {bind: '192.0.2.1:8443'}", True),
        ("http: {bind: '0.0.0.0:8443', plain_http_allowed: true}", False),
        ("http: {bind: '127.0.0.1:8443'}", False),
        ("http: {names: [box.local]}", False),
    ],
)
def test_beyond_this_machine_a_check_names_what_a_run_will_ask_for(tmp_path: Path, http: str, *, warns: bool) -> None:
    (tmp_path / "data").mkdir()

    said = warned(tmp_path, http)
    running = load(tmp_path / "compound.yaml", tmp_path / "data")

    assert ["http.bind: " in each and "`gridpost tls`" in each for each in said] == [True] * warns
    assert [each for each in running.warnings if "http" in each.key] == []  # it looks into its data folder itself
