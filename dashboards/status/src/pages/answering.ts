// What is fetched when one alarm, or incidents, are looked at.

export { Alarm } from "./Alarm.tsx";
export { Incident } from "./Incident.tsx";
export { IncidentReport } from "./IncidentReport.tsx";
export { Incidents } from "./Incidents.tsx";
