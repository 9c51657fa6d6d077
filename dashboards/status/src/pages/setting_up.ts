// What is fetched when the box is set up, labelled and tended.

export { Label } from "./Label.tsx";
export { Labels } from "./Labels.tsx";
export { SetUp } from "./SetUp.tsx";
export { System } from "./System.tsx";
