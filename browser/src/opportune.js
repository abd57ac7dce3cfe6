// Opportune in the browser: what visitors do, as far as they allow it. See docs/browser.md.

import { beginBanner, open } from "./asking.js";
import { give, made, track } from "./calls.js";
import { asksFirst, choose, onChange, record, settle } from "./consent.js";
import { beginShopping, hear } from "./data_layer.js";
import { guarded, on } from "./guard.js";
import { who } from "./ids.js";
import { arrive, navigate, page } from "./navigation.js";
import { token } from "./page.js";
import { introduce, prove, reset, takeEffect } from "./proofs.js";
import { host, setting } from "./settings.js";
import { listen } from "./signals.js";

/**
 * `identify("u1", {plan})`, or `identify({email})` of somebody who left her address and is not signed in. Whose address a user's is,
 * only the shop's server may say: the key of a page is there for all to read.
 */
const identify = (userId, traits, options) => {
  if (userId instanceof Object) return give(made("identify", { userId: "", traits: userId }, traits));
  const { email, phone, ...rest } = traits || {};
  who.user = userId + "";
  give(made("identify", { traits: rest }, options));
};

/**
 * `consent({tracking: true, profiling: false})`: a choice made on the page.
 * `consent({email: true}, {email: "ada@example.org", wording: "..."})`: she signed up herself, which needs no tracking; who she is, is
 * said with it.
 */
const consent = (choices, { email, phone, wording, method = "form" } = {}) => {
  if (email || phone) introduce({ email, phone });
  for (const channel of ["email", "sms", "push"]) if (channel in choices) prove(channel, choices[channel], method, wording);
  choose(choices, "page", wording);
};

const api = {
  page,
  track,
  identify,
  group: (groupId, traits, options) => give(made("group", { groupId, traits }, options)),
  reset,
  consent,
  /** Tells the record of consent now and whenever it changes. */
  onConsent(heard) {
    onChange(heard);
    heard(record());
  },
  /** Calls as the stub queues them: `["track", "Cart Viewed"]`. */
  push: (...calls) => calls.forEach(guarded(([name, ...given]) => api[name](...given))),
};

/** Once the document is there to be read. */
const begin = () => {
  listen();
  beginBanner();
  navigate();
  beginShopping();
};

/** After the shop's own deferred scripts, which may draw what is to be read. */
const start = () => (performance.timing?.domContentLoadedEventStart === 0 ? on(document, "DOMContentLoaded", begin) : guarded(begin)());

const early = window.opportune || [];

// A second tag on the same page does nothing, nor does one without a key.
if (setting.key && Array.isArray(early)) {
  for (const name in api) api[name] = guarded(api[name]);
  api.consent.open = open;
  window.opportune = api;
  on(window, "load", listen);
  guarded(hear)();
  arrive();
  // A click on a signed link of a mail says who she is, where she may be followed.
  if (token) give(made("identify", {}, { context: { click: token } }));
  takeEffect();
  api.push(...early);
  if (asksFirst() === undefined)
    fetch(`${host}/opportune/region?of=${setting.region || ""}`, { credentials: "omit" })
      .then((answer) => answer.json())
      .catch(() => ({}))
      .then(guarded(settle));
  if (document.prerendering) on(document, "prerenderingchange", start);
  else start();
}
