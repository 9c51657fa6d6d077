// The pages on which somebody looks into the past and under the cover: fetched together, when one is first opened.

export { Health } from "./Health.tsx";
export { History } from "./History.tsx";
export { Simulator } from "./Simulator.tsx";
export { Works } from "./Works.tsx";
