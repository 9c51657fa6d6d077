// What is fetched when it is looked at who may come in.

export { MyAccount } from "./MyAccount.tsx";
export { Screens } from "./Screens.tsx";
export { Users } from "./Users.tsx";
export { Welcome } from "./Welcome.tsx";
