// What is fetched when parcel lockers are looked at.

export { Locker } from "./Locker.tsx";
export { Lockers } from "./Lockers.tsx";
export { Overdue } from "./Overdue.tsx";
