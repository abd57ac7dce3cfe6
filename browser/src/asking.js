// When to ask her: the banner is a file of its own, fetched only where there is something to ask or to show.

import { allowed, asksFirst, choose, chosen, onChange, proof, PURPOSES } from "./consent.js";
import { warn } from "./guard.js";
import { host, setting } from "./settings.js";

const banner = (act) =>
  import(host + "/opportune-banner.js")
    .then((module) => module[act]({ choose, chosen, proof, PURPOSES, setting }))
    .catch(warn);

export const open = () => banner("open");

const ask = () => {
  if (!("banner" in setting && asksFirst())) return;
  banner(allowed() === undefined ? "ask" : "close");
};

export const beginBanner = () => {
  if (proof.gpc) banner("honour");
  if (allowed() === undefined) {
    ask();
    onChange(ask);
  }
};
