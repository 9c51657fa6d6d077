// What is fetched when trials, drills, cause and effect, channels and figures are looked at.

export { Channels } from "./Channels.tsx";
export { Drills } from "./Drills.tsx";
export { Effects } from "./Effects.tsx";
export { Figures } from "./Figures.tsx";
export { Trial } from "./Trial.tsx";
