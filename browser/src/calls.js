// Segment calls: made where something happens, held while she has not chosen, sent once she may be followed.

import { allowed, record } from "./consent.js";
import { anonymousId, fresh, who } from "./ids.js";
import { put } from "./queue.js";

const MOST_HELD = 100;
let held = [];
let where = {};

/** From now on calls are made at this page: `context` of `arrival`. */
export const setPlace = (context) => {
  where = context;
};

/** A call as it happens, with the page she is on at this instant. */
export const made = (type, said, { messageId = fresh(), timestamp = new Date(), context } = {}) => ({
  type,
  messageId,
  originalTimestamp: timestamp,
  ...said,
  context: {
    library: { name: "opportune.js" },
    locale: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...where,
    ...context,
  },
});

/** Whose it is and what she allows is filled in when it is sent, since before that it is nobody's. */
export const finished = (call) => {
  call.anonymousId = anonymousId();
  call.userId ??= who.user;
  call.context.consent = record();
  return call;
};

/** Sent, held until she chooses, or dropped. */
export const give = (call) => {
  const verdict = allowed();
  if (verdict) put(finished(call));
  else if (verdict === undefined && held.length < MOST_HELD) held.push(call);
};

/** After a choice: what was held goes out, or is gone. */
export const release = () => {
  const calls = held;
  held = [];
  calls.forEach(give);
};

export const track = (event, properties, options) => {
  // An order is one order, however often its thank-you page is loaded.
  const order = event === "Order Completed" && properties?.order_id;
  give(made("track", { event, properties }, { ...(order && { messageId: "order " + order }), ...options }));
};
