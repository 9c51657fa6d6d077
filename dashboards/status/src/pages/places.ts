// What is fetched when a building or one of its devices is looked at.

export { Building } from "./Building.tsx";
export { Device } from "./Device.tsx";
export { More } from "./More.tsx";
