// What the gateway says about accounts, their sessions, tokens and duty screens. Times are UTC seconds.

export const ROLES = ["viewer", "staff", "manager", "installer", "administrator", "auditor"] as const;
export type Role = (typeof ROLES)[number];

export const SCOPES = ["read", "answer", "operate", "people", "configure", "audit"] as const;
export type Scope = (typeof SCOPES)[number];

export interface SessionRow {
  id: string;
  kind: "browser" | "phone" | "screen";
  label: string;
  created_utc: number;
  seen_utc: number;
  until_utc: number | null;
  current: boolean;
}

export interface Token {
  id: string;
  name: string;
  scopes: Scope[];
  created_utc: number;
  until_utc: number | null;
  seen_utc: number | null;
}

/** A way in that is good once: its address, and the same as a QR code. */
export interface Invitation {
  url: string;
  svg: string;
  until_utc: number;
}

export interface User {
  id: string;
  name: string;
  role: Role;
  grids: string[];
  /** The id of the person of the duty roster whose account it is; empty for none. */
  person: string;
  closed: boolean;
  created_utc: number;
  password_set: boolean;
  pin_set: boolean;
  sessions: number;
  tokens: number;
}

/** What ended when a phone was lost. */
export interface LostPhone {
  sessions: number;
  tokens: number;
  chats: number;
}

export interface Screen {
  id: string;
  name: string;
  grids: string[];
  sessions: number;
  seen_utc: number | null;
}
