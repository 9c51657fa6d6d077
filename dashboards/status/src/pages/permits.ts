// What is fetched when permits are worked on.

export { Enrol } from "./Enrol.tsx";
export { Groups } from "./Groups.tsx";
export { Household } from "./Household.tsx";
export { Import } from "./Import.tsx";
export { Permits } from "./Permits.tsx";
export { Schedules } from "./Schedules.tsx";
export { Tables } from "./Tables.tsx";
export { Visitor } from "./Visitor.tsx";
