// What is fetched when controllers and lines are looked after.

export { Controller } from "./Controller.tsx";
export { Controllers } from "./Controllers.tsx";
export { Data } from "./Data.tsx";
export { Lines } from "./Lines.tsx";
