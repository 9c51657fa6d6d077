// What is fetched when the audit is read, or what is kept of a person is looked into.

export { Audit } from "./Audit.tsx";
export { Investigations } from "./Investigations.tsx";
export { Privacy } from "./Privacy.tsx";
