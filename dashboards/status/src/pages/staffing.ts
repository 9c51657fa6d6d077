// What is fetched when it is looked at who is on duty.

export { Duty } from "./Duty.tsx";
export { HandOver } from "./HandOver.tsx";
export { People } from "./People.tsx";
export { Roster } from "./Roster.tsx";
