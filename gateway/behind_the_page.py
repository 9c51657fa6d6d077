"""What stands behind the HTTP face, put together."""

from __future__ import annotations

from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dashboards import PAGE
from drivers.sealed_key import SensorKeys
from gateway import __version__
from gateway.keep.accounts.accounts import Accounts
from gateway.keep.erasing.forgetting import Forgetting
from gateway.keep.erasing.ledger import Ledger
from gateway.outreach import actor_of
from gateway.serve.answer_links import AnswerLinks
from gateway.serve.answering_keeper import AnsweringKeeper
from gateway.serve.audit.desk import AuditDesk
from gateway.serve.detector_keeper import DetectorKeeper
from gateway.serve.detector_list import DetectorList
from gateway.serve.door_list import DoorList
from gateway.serve.duty_keeper import DutyKeeper
from gateway.serve.house import House
from gateway.serve.incident_desk import IncidentDesk
from gateway.serve.label_book import LabelBook
from gateway.serve.octt import Central, trigger
from gateway.serve.privacy.desk import PrivacyDesk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from gateway.collect.lines import Lines
    from gateway.config.compound import Http
    from gateway.parts import Parts
    from gateway.serve.box_keeper import Box
    from gateway.serve.setup.keeper import SetUp
    from gateway.serve.tls import Tls


@asynccontextmanager
async def opened_house(parts: Parts, lines: Lines, setup: SetUp, box: Box) -> AsyncIterator[House]:
    """What stands behind the HTTP face."""
    journal, judge = parts.journal, parts.judge
    with closing(journal.reader()) as reader, closing(Accounts(journal.source, parts.clock)) as accounts:
        detector_keeper = DetectorKeeper(
            judge.detectors, SensorKeys(parts.plan.site_key), lambda: parts.plan.sensors, reader.about
        )
        yield House(
            road=parts.flow,
            latest=parts.latest,
            records=reader,
            accounts=accounts,
            past=parts.history,
            stores=parts.stores(),
            hub=parts.hub,
            numbers=parts.numbers,
            now=parts.clock,
            trouble=lambda: lines.trouble() if journal.recorded else [journal.why, *lines.trouble()],
            statistics=lines.statistics,
            device_statistics=lines.device_statistics,
            keeper=parts.keeper,
            doors=DoorList(parts.hub.views, parts.keeper),
            detector_keeper=detector_keeper,
            detectors=DetectorList(parts.hub.views, detector_keeper),
            rejected=lines.rejected,
            octt=trigger(lambda: [line.driver for line in lines if isinstance(line.driver, Central)])
            if parts.conformance
            else None,
            incidents=IncidentDesk(
                keeper=judge.incidents,
                staff=judge.people,
                rules=lambda: parts.rules.incidents,
                departments=lambda: judge.people.departments,
                photos=parts.photos,
                county=lambda: parts.plan.county,
            ),
            safety=judge.fires,
            duty=DutyKeeper(judge.people),
            answering=AnsweringKeeper(judge.answering.outages, judge.answering.pending_outages),
            answer_links=AnswerLinks(
                parts.outreach.links,
                lambda person: actor_of(judge.people, person),
                judge.spent_links.__contains__,
                parts.flow.act,
            ),
            heartbeats=lambda: parts.outreach.hearts or (),
            channels=lambda: parts.outreach.notifier,
            device_key=parts.plan.site_key,
            names=tuple(names_of(parts.plan.http, parts.tls)),
            public_url=parts.plan.http.public_url,
            page=PAGE if PAGE.is_dir() else None,
            version=__version__,
            works=parts.works,
            setup=setup,
            box=box,
            labels=LabelBook(parts.hub.views, parts.plan.site_key),
            privacy=_privacy(parts),
            audit=AuditDesk(journal.source, reader, parts.signer, parts.works, parts.clock),
        )


def _privacy(parts: Parts) -> PrivacyDesk:
    """Who keeps persons' data, with the ledger of erasures of this folder."""

    async def carry() -> None:
        if parts.backups is not None:
            await parts.backups.carry_ledger()

    forgetting = Forgetting(parts.data, parts.journal, Ledger(parts.data, parts.signer), parts.clock, carry)
    return PrivacyDesk(
        parts.journal.source, parts.data, parts.signer, forgetting, lambda: parts.judge.privacy.investigations
    )


def names_of(http: Http, tls: Tls | None) -> Iterator[str]:
    """The host names under which browsers may ask: those that are written, of the certificate, of the links in messages."""
    yield from http.names
    if tls is not None:
        yield from tls.held.names
    if host := urlsplit(http.public_url).hostname:
        yield host
