// What is fetched when charging is looked at.

export { Charging } from "./Charging.tsx";
export { Room } from "./Room.tsx";
export { Tags } from "./Tags.tsx";
export { TagsImport } from "./TagsImport.tsx";
