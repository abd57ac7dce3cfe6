// What she allows: her own choices first, then what her region takes silence to mean.

import { kept } from "./memory.js";
import { guarded } from "./guard.js";
import { setting } from "./settings.js";

export const PURPOSES = ["tracking", "profiling", "ads"];

const before = kept();
const listeners = [];

export const chosen = before.choices || {};

/** How the last choice was made: source, version, instant. */
export const how = before.how || {};

/** What the record of every call says beside the choices; `undefined` is not sent. */
export const proof = {
  gpc: navigator.globalPrivacyControl === true || undefined,
  region: setting.region,
};

/** Whether people are asked first; undefined until it is known. */
let asks = setting.optIn && setting.optIn !== "no";

export const asksFirst = () => asks;

/** Whether she may be followed: true, false, or undefined where it is not decided yet. */
export const allowed = () => chosen.tracking ?? (asks === false || undefined);

/** `context.consent` of a call. */
export const record = () => ({ ...proof, ...how, categoryPreferences: { ...chosen } });

/** Every change is told as (the record, the purposes that changed, what `allowed` was before). */
export const onChange = (listener) => {
  listeners.push(guarded(listener));
};

const tell = (news, was) => listeners.forEach((listener) => listener(record(), news, was));

/** Takes choices of purposes, each true or false; what she said before stays where nothing new is said. */
export const choose = (wanted, source, version) => {
  const was = allowed();
  const news = {};
  for (const purpose of PURPOSES) {
    if (!(purpose in wanted)) continue;
    const value = wanted[purpose] === true && !(purpose === "ads" && proof.gpc);
    if (value !== chosen[purpose]) news[purpose] = value;
  }
  if (!Object.keys(news).length) return;
  Object.assign(chosen, news);
  Object.assign(how, { source, version, at: new Date() });
  tell(news, was);
};

/** Takes the collector's answer where the page does not say the region. */
export const settle = (answer) => {
  asks = answer.opt_in !== false;
  proof.region ||= answer.region;
  tell({});
};
