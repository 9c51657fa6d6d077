// What is fetched when detectors are looked at.

export { Detector } from "./Detector.tsx";
export { Detectors } from "./Detectors.tsx";
export { Floors } from "./Floors.tsx";
export { Receivers } from "./Receivers.tsx";
