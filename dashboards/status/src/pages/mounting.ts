// What is fetched when sensors are hung up, listed and tested.

export { Inventory } from "./Inventory.tsx";
export { Round } from "./Round.tsx";
export { Rounds } from "./Rounds.tsx";
export { Stock } from "./Stock.tsx";
export { WalkTest } from "./WalkTest.tsx";
export { WalkTests } from "./WalkTests.tsx";
