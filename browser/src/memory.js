// What stays on the device: a first-party cookie where tracking is allowed; else at most the word that it was refused, without any id.

import { guarded } from "./guard.js";
import { setting } from "./settings.js";

const NAME = "opportune";
const YEAR = 31536e3; // seconds; a choice is asked for again after it

/** A storage that may be forbidden, full or absent: read, write, or remove with null. */
export const shelf = guarded((name, value) => {
  if (value) localStorage[name] = JSON.stringify(value);
  else if (value === null) delete localStorage[name];
  else return JSON.parse(localStorage[name] || null);
});

const read = guarded((yes) => yes && JSON.parse(decodeURIComponent(yes)));

const bake = (value, age) => {
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `${NAME}=${value};path=/;max-age=${age};samesite=lax;domain=${setting.domain || ""}${secure}`;
};

/** `{id, choices, how}` of a visitor who agreed, the same without id of one who refused, or nothing. */
export const kept = () => {
  const [, , yes] = document.cookie.match(/(^| )opportune=([^;]+)/) || [];
  const no = shelf(NAME);
  return read(yes) || (no && Date.parse(no.how.at) + YEAR * 1e3 > Date.now() && no) || {};
};

export const keep = (memory) => {
  shelf(NAME, null);
  bake(encodeURIComponent(JSON.stringify(memory)), YEAR);
};

/** The cookie goes; `refusal` stays where she would otherwise be asked, or followed, again. */
export const forget = (refusal) => {
  if (kept().id) bake("", 0);
  shelf(NAME, refusal || null);
};
