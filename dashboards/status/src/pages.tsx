// Which page an address shows. All but the overview are fetched when they are first looked at.

import type { VNode } from "preact";
import { later } from "./parts/Later.tsx";
import { Overview } from "./pages/Overview.tsx";
import { href, type Route } from "./route.ts";
import { atScreen } from "./store/session.ts";

const Building = later(async () => (await import("./pages/places.ts")).Building);
const Device = later(async () => (await import("./pages/places.ts")).Device);
const Doors = later(async () => (await import("./pages/doors.ts")).Doors);
const Door = later(async () => (await import("./pages/doors.ts")).Door);
const Permits = later(async () => (await import("./pages/permits.ts")).Permits);
const Household = later(async () => (await import("./pages/permits.ts")).Household);
const Import = later(async () => (await import("./pages/permits.ts")).Import);
const Visitor = later(async () => (await import("./pages/permits.ts")).Visitor);
const Enrol = later(async () => (await import("./pages/permits.ts")).Enrol);
const Groups = later(async () => (await import("./pages/permits.ts")).Groups);
const Schedules = later(async () => (await import("./pages/permits.ts")).Schedules);
const Tables = later(async () => (await import("./pages/permits.ts")).Tables);
const Controllers = later(async () => (await import("./pages/installing.ts")).Controllers);
const Controller = later(async () => (await import("./pages/installing.ts")).Controller);
const Data = later(async () => (await import("./pages/installing.ts")).Data);
const Lines = later(async () => (await import("./pages/installing.ts")).Lines);

const Charging = later(async () => (await import("./pages/charging.ts")).Charging);
const Room = later(async () => (await import("./pages/charging.ts")).Room);
const Tags = later(async () => (await import("./pages/charging.ts")).Tags);
const TagsImport = later(async () => (await import("./pages/charging.ts")).TagsImport);
const Lockers = later(async () => (await import("./pages/lockers.ts")).Lockers);
const Locker = later(async () => (await import("./pages/lockers.ts")).Locker);
const Overdue = later(async () => (await import("./pages/lockers.ts")).Overdue);

const Detectors = later(async () => (await import("./pages/detectors.ts")).Detectors);
const Floors = later(async () => (await import("./pages/detectors.ts")).Floors);
const Detector = later(async () => (await import("./pages/detectors.ts")).Detector);
const Receivers = later(async () => (await import("./pages/detectors.ts")).Receivers);
const Rounds = later(async () => (await import("./pages/mounting.ts")).Rounds);
const Round = later(async () => (await import("./pages/mounting.ts")).Round);
const Inventory = later(async () => (await import("./pages/mounting.ts")).Inventory);
const Stock = later(async () => (await import("./pages/mounting.ts")).Stock);
const WalkTests = later(async () => (await import("./pages/mounting.ts")).WalkTests);
const WalkTest = later(async () => (await import("./pages/mounting.ts")).WalkTest);

const Alarms = later(async () => (await import("./pages/Alarms.tsx")).Alarms);
const Alarm = later(async () => (await import("./pages/answering.ts")).Alarm);
const Incidents = later(async () => (await import("./pages/answering.ts")).Incidents);
const Incident = later(async () => (await import("./pages/answering.ts")).Incident);
const IncidentReport = later(async () => (await import("./pages/answering.ts")).IncidentReport);
const Duty = later(async () => (await import("./pages/staffing.ts")).Duty);
const HandOver = later(async () => (await import("./pages/staffing.ts")).HandOver);
const Roster = later(async () => (await import("./pages/staffing.ts")).Roster);
const People = later(async () => (await import("./pages/staffing.ts")).People);
const Trial = later(async () => (await import("./pages/safety.ts")).Trial);
const Drills = later(async () => (await import("./pages/safety.ts")).Drills);
const Effects = later(async () => (await import("./pages/safety.ts")).Effects);
const Screen = later(async () => (await import("./pages/screen.ts")).Screen);
const Channels = later(async () => (await import("./pages/safety.ts")).Channels);
const Figures = later(async () => (await import("./pages/safety.ts")).Figures);

const More = later(async () => (await import("./pages/places.ts")).More);
const MyAccount = later(async () => (await import("./pages/accounts.ts")).MyAccount);
const Users = later(async () => (await import("./pages/accounts.ts")).Users);
const Screens = later(async () => (await import("./pages/accounts.ts")).Screens);
const Welcome = later(async () => (await import("./pages/accounts.ts")).Welcome);
const Audit = later(async () => (await import("./pages/auditing.ts")).Audit);
const Privacy = later(async () => (await import("./pages/auditing.ts")).Privacy);
const Investigations = later(async () => (await import("./pages/auditing.ts")).Investigations);
const SetUp = later(async () => (await import("./pages/setting_up.ts")).SetUp);
const Labels = later(async () => (await import("./pages/setting_up.ts")).Labels);
const Label = later(async () => (await import("./pages/setting_up.ts")).Label);
const System = later(async () => (await import("./pages/setting_up.ts")).System);

const Health = later(async () => (await import("./pages/watching.ts")).Health);
const History = later(async () => (await import("./pages/watching.ts")).History);
const Simulator = later(async () => (await import("./pages/watching.ts")).Simulator);
const Works = later(async () => (await import("./pages/watching.ts")).Works);

/** The page of an address; what has an id of its own begins anew with another one. */
export function shown(here: Route): VNode {
  switch (here.page) {
    case "overview":
      return atScreen() ? <Screen /> : <Overview />;
    case "alarms":
      return <Alarms tab={here.tab} only={here.only ?? {}} />;
    case "alarm":
      return <Alarm key={here.id} id={here.id} />;
    case "incidents":
      return <Incidents ended={here.ended} />;
    case "incident":
      return <Incident key={here.id} id={here.id} />;
    case "incident_report":
      return <IncidentReport />;
    case "duty":
      return <Duty />;
    case "handover":
      return <HandOver key={here.id} id={here.id} />;
    case "roster":
      return <Roster key={here.id} id={here.id} />;
    case "people":
      return <People />;
    case "trial":
      return <Trial key={here.id} id={here.id} />;
    case "drills":
      return <Drills />;
    case "effects":
      return <Effects />;
    case "channels":
      return <Channels />;
    case "figures":
      return <Figures />;
    case "data":
      return <Data />;
    case "building":
      return <Building key={here.id} id={here.id} />;
    case "device":
      return <Device key={here.id} id={here.id} point={here.point} />;
    case "more":
      return <More />;
    case "doors":
      return <Doors />;
    case "door":
      return <Door key={href(here)} device={here.device} part={here.part} />;
    case "detectors":
      return <Detectors />;
    case "floors":
      return <Floors key={here.id} id={here.id} entrance={here.entrance} />;
    case "detector":
      return <Detector key={here.id} id={here.id} point={here.point} />;
    case "receivers":
      return <Receivers />;
    case "rounds":
      return <Rounds />;
    case "round":
      return <Round key={here.id} id={here.id} />;
    case "inventory":
      return <Inventory />;
    case "stock":
      return <Stock />;
    case "walk_tests":
      return <WalkTests />;
    case "walk_test":
      return <WalkTest key={here.id} id={here.id} />;
    case "charging":
      return <Charging />;
    case "room":
      return <Room key={here.id} id={here.id} />;
    case "tags":
      return <Tags />;
    case "tags_import":
      return <TagsImport />;
    case "lockers":
      return <Lockers />;
    case "locker":
      return <Locker key={here.id} id={here.id} part={here.part} />;
    case "overdue":
      return <Overdue />;
    case "permits":
      return <Permits />;
    case "household":
      return <Household key={here.id} id={here.id} />;
    case "import":
      return <Import />;
    case "visitor":
      return <Visitor />;
    case "enrol":
      return <Enrol />;
    case "groups":
      return <Groups />;
    case "schedules":
      return <Schedules />;
    case "tables":
      return <Tables />;
    case "commissioning":
      return <Controllers />;
    case "controller":
      return <Controller key={here.id} id={here.id} />;
    case "lines":
      return <Lines />;
    case "history":
      return <History points={here.points} days={here.days} />;
    case "health":
      return <Health />;
    case "works":
      return <Works />;
    case "simulator":
      return <Simulator />;
    case "account":
      return <MyAccount />;
    case "users":
      return <Users />;
    case "screens":
      return <Screens />;
    case "welcome":
      return <Welcome />;
    case "audit":
      return <Audit filter={here.filter} />;
    case "privacy":
      return <Privacy />;
    case "investigations":
      return <Investigations />;
    case "setup":
      return <SetUp />;
    case "labels":
      return <Labels />;
    case "label":
      return <Label key={here.id} id={here.id} />;
    case "system":
      return <System />;
    case "screen":
      return <Screen />;
  }
}
