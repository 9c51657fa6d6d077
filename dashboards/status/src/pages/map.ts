// What is fetched when somebody would rather look than read.

export { CompoundMap } from "../parts/CompoundMap.tsx";
