// Consent that others asked for: TCF, Google's consent mode, GPP. Stored as given; what they mean for our purposes is read here.

import { choose, proof, PURPOSES } from "./consent.js";
import { guarded } from "./guard.js";

/** Types of consent mode that must all be granted, as far as they are told. */
const MODES = { tracking: /^analytics_s/, profiling: /^personalization_s/, ads: /^ad_/ };
/** Purposes of the framework that must all be allowed: 1 store, 8 measure content; 5, 6 profiles for content; 3, 4 for advertising. */
const FRAMEWORK = { tracking: [1, 8], profiling: [1, 5, 6], ads: [1, 3, 4] };
/** The purposes of which `judge` knows. */
const byPurpose = (judge) => Object.fromEntries(PURPOSES.map((name) => [name, judge(name)]).filter(([, value]) => value !== undefined));

/** Since 2026-02-28 a TC string is none without its segment of disclosed vendors (TCF v2.3): one that begins with the bits 001. */
const isWhole = (string) => /\.[I-P]/.test(string);

const framework = (tc, success) => {
  if (!success || tc.eventStatus === "cmpuishown") return;
  const { tcString, gdprApplies, publisher, purpose } = tc;
  Object.assign(proof, { tcf: tcString, gdprApplies }); // the string itself says which tool and policy made it
  const consents = Object.keys(publisher?.consents || {})[0] ? publisher.consents : purpose.consents;
  if (gdprApplies !== false) choose(byPurpose((purpose) => isWhole(tcString) && FRAMEWORK[purpose].every((n) => consents[n])), "tcf");
};

const platform = ({ pingData }) => {
  proof.gpp = pingData.gppString;
  if (/OptOut":1|Gpc":true/.test(JSON.stringify(pingData.parsedSections))) choose({ ads: false }, "gpp");
};

/** `gtag("consent", "default" | "update", modes)`. A default is no choice of hers: only an update is. */
export const consentMode = (kind, modes) => {
  if (modes.region) return; // a default for some regions only
  proof.gcm = { ...proof.gcm, ...modes };
  const told = (purpose) => Object.keys(proof.gcm).filter((name) => MODES[purpose].test(name));
  const granted = (purpose) => told(purpose).every((name) => proof.gcm[name] === "granted");
  if (kind === "update") choose(byPurpose((purpose) => told(purpose)[0] && granted(purpose)), "gcm");
};

let hasFramework;
let hasPlatform;

/** Both may come after us; asked at once, when the page is ready and when it is loaded. */
export const listen = guarded(() => {
  const { __tcfapi, __gpp } = window;
  if (__tcfapi && !hasFramework) __tcfapi("addEventListener", (hasFramework = 2), guarded(framework));
  if (__gpp && !hasPlatform) __gpp("addEventListener", (hasPlatform = guarded(platform)));
});
