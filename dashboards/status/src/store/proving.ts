// Whether somebody is being asked for his PIN: until he has proved himself, nothing of what he wants is done.

import { signal } from "@preact/signals";

export const proving = signal(false);
