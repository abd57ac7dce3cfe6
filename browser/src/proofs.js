// A choice takes effect: it is told with its proof, and what is kept on the device follows it.

import { allowed, asksFirst, chosen, how, onChange } from "./consent.js";
import { finished, made, release } from "./calls.js";
import { anonymousId, forgetIds, fresh, who } from "./ids.js";
import { forget, keep } from "./memory.js";
import { here } from "./page.js";
import { empty, put, recall, send } from "./queue.js";
import { setting } from "./settings.js";

/** `Consent Given` or `Consent Withdrawn` of one purpose, whatever tracking says: it is her own word. */
export const prove = (purpose, isGiven, method, wording) => {
  const properties = { purpose, method, wording, page: here() };
  put(finished(made("track", { event: isGiven ? "Consent Given" : "Consent Withdrawn", properties })));
};

/** The address she left herself, for what she asked for. */
export const introduce = (traits) => put(finished(made("identify", { userId: "", traits })));

/** Kept only where she would otherwise be asked again by our own banner, or followed again where silence means yes. */
const isWorthKeeping = () => setting.remember !== "no" && (how.source === "banner" || asksFirst() === false);

export const remember = () => {
  const memory = { choices: chosen, how };
  if (allowed()) keep({ ...memory, id: anonymousId() });
  else if (allowed() === false) {
    forget(isWorthKeeping() && memory);
    forgetIds();
  }
};

/** Somebody else sits at the device from now on. */
export const reset = () => {
  who.user = undefined;
  who.anonymous = fresh();
  remember();
};

/** What is kept and what was held back follow the choice. */
export const takeEffect = () => {
  remember();
  if (allowed()) recall();
  release();
};

onChange((_, news, was) => {
  const may = allowed();
  if (was && !may) empty();
  // She who never agreed has nothing to withdraw, and nothing is sent of her.
  if (was || may) for (const purpose in news) prove(purpose, news[purpose], how.source, how.version);
  if (was && !may) send();
  takeEffect();
});
