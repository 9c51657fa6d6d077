"""The certificate of the page: which one is served, and what is wrong with it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gateway.serve.certificate import Certificate, CertificateWrong, context_of
from gateway.serve.listen import ListenError, leaves_this_machine, split
from gateway.serve.tls import Tls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from drivers.findings import Finding, Written
    from gateway.config.compound import CompoundFile, Http
    from gateway.config.plan import Plan

    _Files = list[tuple[Written, CompoundFile]]


def tls_of(plan: Plan, data: Path, bind: str) -> Tls | None:
    """The certificate that is served there, None for plain HTTP. Raises CertificateWrong, and ListenError for the address.

    The box's own one is served beyond loopback alone: on this machine everything goes on as it was before it was made.
    """
    if (written := plan.http.tls) is not None:
        return Tls(plan.path.parent / written.certificate, plan.path.parent / written.key)
    if not leaves_this_machine(bind):
        return None
    from gateway.keep.own_ca import OwnCa

    own_ca = OwnCa.of(data)
    return Tls(own_ca.certificate, own_ca.key, own_ca) if own_ca.exists else None


def check_tls(files: _Files, plan: Plan) -> Iterable[Finding]:
    """Whether the certificate that is written can be served, by OpenSSL too."""
    for at, http in _written(files):
        try:
            _read(plan, http)
            context_of(*_files_of(plan, http))
        except CertificateWrong as wrong:
            yield at.saying(str(wrong), "key" if wrong.of_key else "certificate")


def tls_warnings(files: _Files, plan: Plan) -> Iterator[Finding]:
    """What browsers will not have of it, no reason not to start: alarms are worth more than a certificate.

    And, where no data folder is at hand to look into, what a run will ask of it.
    """
    utc = time.time()
    if not plan.site_key:  # a check
        yield from _without_any(files)
    for at, http in _written(files):
        held = _read(plan, http)
        if why := held.wrong_at(utc) or held.ends_soon(utc):
            yield at.saying(f"it {why}", "certificate")
        for host in http.names:
            if not held.covers(host):
                yield at.saying(f"it is not for {host}, which is one of `http.names`", "certificate")
        if not http.names and (host := _host(http.bind)) and not held.covers(host):
            yield at.saying(f"it is not for {host}, and there is nothing under `http.names`", "certificate")


def _written(files: _Files) -> Iterator[tuple[Finding, Http]]:
    for written, file in files:
        if file.http is not None and file.http.tls is not None:
            yield written.finding(("http", "tls"), ""), file.http


def _without_any(files: _Files) -> Iterator[Finding]:
    for written, file in files:
        if (http := file.http) is not None and http.tls is None and not http.plain_http_allowed and _leaves(http.bind):
            yield written.finding(("http", "bind"), "").saying(
                f"{http.bind} can be reached from other machines: the gateway starts there with a certificate alone; make "
                "one with `gridpost tls`, or name your own under `http.tls`"
            )


def _leaves(bind: str) -> bool:
    try:
        return leaves_this_machine(bind)
    except ListenError:  # a name that is known where the gateway is to run, and not here
        return False


def _read(plan: Plan, http: Http) -> Certificate:
    return Certificate.read(*_files_of(plan, http))


def _files_of(plan: Plan, http: Http) -> tuple[Path, Path]:
    """Certificate and key."""
    assert http.tls is not None  # noqa: S101 - `_written` gives no other
    return plan.path.parent / http.tls.certificate, plan.path.parent / http.tls.key


def _host(bind: str) -> str:
    """The host that is bound; "" for all of them."""
    try:
        host, _ = split(bind)
    except ListenError:
        return ""
    return "" if host in ("0.0.0.0", "::") else host
