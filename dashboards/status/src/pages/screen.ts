// What is fetched at a duty screen.

export { Screen } from "./Screen.tsx";
