// Ids: 128 random bits; `crypto.randomUUID` is only there on https.

import { kept } from "./memory.js";

export const fresh = () => [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("-");

/** Who she is on this page; only `memory.js` makes it last, and only where tracking is allowed. */
export const who = { anonymous: undefined, user: undefined };

export const anonymousId = () => (who.anonymous ||= kept().id || fresh());

export const forgetIds = () => {
  who.anonymous = who.user = undefined;
};
