// What is fetched when doors are looked at.

export { Door } from "./Door.tsx";
export { Doors } from "./Doors.tsx";
