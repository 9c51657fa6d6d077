// What is fetched when the gateway wants a PIN.

export { askProof } from "../parts/PinDialog.tsx";
