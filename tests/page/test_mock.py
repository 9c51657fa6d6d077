"""The cardboard gateway speaks as the real one does, so that a page that works with it works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.serve import (
    alarm_shapes,
    charging_shapes,
    detector_shapes,
    door_shapes,
    duty_shapes,
    figure_shapes,
    heartbeats,
    incident_shapes,
    installing_shapes,
    labels,
    locker_shapes,
    notices,
    outage_shapes,
    permit_shapes,
    safety_shapes,
    sensor_shapes,
    shapes,
    store_shapes,
    system,
    tag_shapes,
)
from gateway.serve.accounts import shapes as account_shapes
from gateway.serve.audit import shapes as audit_shapes
from gateway.serve.privacy import shapes as privacy_shapes
from gateway.serve.setup import shapes as setup_shapes
from tests.page.mock_accounts import way_in
from tests.page.mock_answering import EFFECTS
from tests.page.mock_charging import hot_evening
from tests.page.mock_compound import MockCompound, now_iso
from tests.page.mock_desk import DONE
from tests.page.mock_desk_routes import HOLIDAYS
from tests.page.mock_detector_routes import IMPORTED
from tests.page.mock_lockers import parcel_day
from tests.page.mock_server import MockGateway, answered_night, busy_day, lose_data, trouble, walk_about
from tests.page.mock_tended_routes import PUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.serve.shape import Shape


@pytest.mark.parametrize(
    ("shape", "say"),
    [
        (shapes.Overview, lambda compound: {"seq": 1, **compound.overview()}),
        (shapes.BuildingView, lambda compound: {"seq": 1, **compound.building("b3")}),
        (shapes.Device, lambda compound: compound.devices["b9u1"]),
        (alarm_shapes.Alarms, lambda compound: {"seq": 1, "alarms": list(compound.alarms.values())}),
        (store_shapes.Stores, lambda compound: compound.stores.body()),
        (store_shapes.Quarantine, lambda compound: {"lines": compound.stores.quarantine}),
        (door_shapes.Doors, lambda compound: {"doors": compound.desk.doors()}),
        (door_shapes.Passages, lambda compound: {"passages": compound.desk.passages, "next": None}),
        (shapes.Ended, lambda _: DONE[1]),
        (permit_shapes.Permits, lambda compound: compound.desk.find({})),
        (permit_shapes.Household, lambda compound: compound.desk.household("b3-2-501")),
        (permit_shapes.Tasks, lambda compound: {"tasks": compound.desk.tasks}),
        (permit_shapes.Revoked, lambda compound: compound.desk.revoke([], "", "")),
        (permit_shapes.Table, lambda compound: compound.desk.table(compound.devices["b6u1"])),
        (permit_shapes.DoorGroups, lambda compound: {"groups": compound.desk.counted(compound.desk.groups, "groups")}),
        (
            permit_shapes.Schedules,
            lambda compound: {"schedules": compound.desk.counted(compound.desk.schedules, "schedule")},
        ),
        (permit_shapes.Holidays, lambda _: {"year": 2026, "known": True, "days": HOLIDAYS}),
        (permit_shapes.Enrolment, lambda compound: compound.desk.waiting()),
        (installing_shapes.Commissioning, lambda compound: compound.desk.record("b5u1")),
        (shapes.Lines, lambda compound: {"lines": compound.desk.lines}),
        (detector_shapes.Counts, lambda compound: compound.detectors.counts()),
        (detector_shapes.Detectors, lambda compound: compound.detectors.find({"limit": "9"})),
        (detector_shapes.DetectorDetail, lambda compound: compound.detectors.detail("b3-2-501-smoke")),
        (detector_shapes.Receivers, lambda compound: {"receivers": compound.detectors.receivers}),
        (
            sensor_shapes.Stock,
            lambda compound: {
                "sensors": list(compound.detectors.stock.values()),
                "total": len(compound.detectors.stock),
            },
        ),
        (sensor_shapes.ImportedSensors, lambda _: IMPORTED),
        (sensor_shapes.Round, lambda compound: compound.detectors.round("r1")),
        (sensor_shapes.WalkTest, lambda compound: compound.detectors.test("w1")),
        (sensor_shapes.WalkTests, lambda compound: {"walk_tests": compound.detectors.summaries()}),
        (shapes.Strangers, lambda compound: {"strangers": compound.detectors.strangers}),
        (
            locker_shapes.Lockers,
            lambda compound: {"lockers": compound.lockers.listed(), "total": 4, "next": None},
        ),
        (locker_shapes.LockerDetail, lambda compound: compound.lockers.detail("locker3")),
        (locker_shapes.OverdueParcels, lambda compound: {"overdue": compound.lockers.overdue(), "total": 2}),
        (
            charging_shapes.Rooms,
            lambda compound: {"rooms": compound.charging.listed(), "total": 6, "next": None},
        ),
        (charging_shapes.RoomDetail, lambda compound: compound.charging.detail("shed3")),
        (charging_shapes.RoomPower, lambda compound: compound.charging.power("shed3")),
        (
            charging_shapes.Sessions,
            lambda compound: {"sessions": compound.charging.sessions("shed3"), "running": 3, "next": None},
        ),
        (charging_shapes.Stops, lambda compound: {"stops": list(compound.charging.stops.values())}),
        (tag_shapes.Tags, lambda compound: {"tags": list(compound.charging.tags.values()), "total": 2, "next": None}),
        (tag_shapes.TagsPut, lambda _: PUT),
        (alarm_shapes.AlarmWithHistory, lambda compound: compound.answering.alarm(1)),
        (notices.Notices, lambda compound: {"number": 1, "notices": next(iter(compound.answering.notices.values()))}),
        (notices.Channels, lambda compound: {"channels": compound.answering.channels}),
        (heartbeats.Heartbeats, lambda compound: {"heartbeats": compound.answering.heartbeats}),
        (outage_shapes.DetectorOutages, lambda compound: compound.answering.all_outages()),
        (safety_shapes.TrialDetail, lambda compound: compound.answering.trial("b5")),
        (safety_shapes.Drills, lambda compound: compound.answering.all_drills()),
        (safety_shapes.Effects, lambda _: {"rows": EFFECTS}),
        (figure_shapes.Figures, lambda compound: compound.answering.figures()),
        (incident_shapes.Incidents, lambda compound: compound.incidents.listed(ended=False)),
        (incident_shapes.IncidentDetail, lambda compound: compound.incidents.detail(2)),
        (duty_shapes.Duties, lambda compound: compound.duty.duties()),
        (duty_shapes.Sheet, lambda compound: compound.duty.sheet("g1")),
        (duty_shapes.People, lambda compound: compound.duty.staff()),
        (duty_shapes.TestCall, lambda compound: compound.duty.call()),
        (shapes.History, lambda compound: compound.history("b3u1", "supply", now_iso(), now_iso())),
    ],
)
def test_what_the_mock_says_has_the_shape_of_the_real_answer(
    shape: type[Shape], say: Callable[[MockCompound], object]
) -> None:
    compound = MockCompound(size=12)
    trouble(compound)
    lose_data(compound)
    busy_day(compound)
    walk_about(compound)
    parcel_day(compound)
    hot_evening(compound)
    answered_night(compound)

    shape.model_validate(say(compound))


@pytest.mark.parametrize(
    ("shape", "say"),
    [
        (account_shapes.Me, lambda gateway: gateway.me()),
        (account_shapes.Sessions, lambda gateway: {"sessions": gateway.accounts.sessions}),
        (account_shapes.Tokens, lambda gateway: {"tokens": gateway.accounts.tokens}),
        (account_shapes.Users, lambda gateway: {"users": list(gateway.accounts.users.values())}),
        (account_shapes.Screens, lambda gateway: {"screens": list(gateway.accounts.screens.values())}),
        (account_shapes.Invitation, lambda _: way_in("phone")),
        (audit_shapes.Rows, lambda gateway: gateway.records.page(None, 9, "")),
        (audit_shapes.Head, lambda gateway: gateway.records.head()),
        (audit_shapes.Verdict, lambda gateway: gateway.records.verified()),
        (privacy_shapes.FoundPeople, lambda gateway: {"people": gateway.records.people}),
        (privacy_shapes.Erasures, lambda gateway: {"erasures": gateway.records.erasures}),
        (privacy_shapes.Investigations, lambda gateway: {"investigations": gateway.records.investigations}),
        (setup_shapes.SetUpShape, lambda gateway: gateway.box.state()),
        (system.System, lambda gateway: gateway.box.system()),
        (labels.LabelsShape, lambda gateway: {"labels": gateway.box.labels, "total": 30, "next": None}),
    ],
)
def test_what_the_mock_says_of_accounts_records_and_the_box_has_the_shape_of_the_real_answer(
    shape: type[Shape], say: Callable[[MockGateway], object]
) -> None:
    shape.model_validate(say(MockGateway(MockCompound(size=12))))
