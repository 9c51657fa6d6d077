// What is fetched when somebody does more with alarms than to take them by one tap.

export { KeysDialog } from "../parts/KeysDialog.tsx";
export { NoteDialog } from "../parts/NoteDialog.tsx";
export { ShelveDialog } from "../parts/ShelveDialog.tsx";
