// Pages seen, those of single-page shops too, and products looked at on them.

import { readPage } from "./acts.js";
import { give, made, setPlace } from "./calls.js";
import { beginView, endView, hide, show } from "./dwell.js";
import { guarded, on } from "./guard.js";
import { allowed } from "./consent.js";
import { arrival, here } from "./page.js";
import { productHere } from "./products.js";
import { leave, send } from "./queue.js";

const SETTLING = 300; // ms a single-page shop gets to draw what its new address shows

let came = document.referrer;
let at;
let shown;
let timer;

/** Calls are made at the page as it now is; its `utm_*`. */
export const arrive = () => {
  const { utm, context } = arrival(came);
  setPlace(context);
  return utm;
};

export const page = (name, properties, options) => give(made("page", { name, properties: { ...arrive(), ...properties } }, options));

const look = () => {
  page();
  readPage();
  const product = productHere();
  const text = product && JSON.stringify(product);
  // A single-page shop may leave the last page's product in the head of the next.
  if (product && text !== shown) beginView(product);
  shown = text;
};

const moved = () => {
  if (here() === at) return;
  endView();
  came = at;
  at = here();
  clearTimeout(timer);
  timer = setTimeout(guarded(look), SETTLING);
};

const going = () => {
  endView();
  leave(allowed());
};

export const navigate = () => {
  at = here();
  look();
  for (const name of ["pushState", "replaceState"]) {
    const original = history[name];
    history[name] = function (...given) {
      const answer = original.apply(this, given);
      guarded(moved)();
      return answer;
    };
  }
  on(window, "popstate", moved);
  on(window, "pagehide", going);
  on(window, "pageshow", (event) => {
    if (!event.persisted) return; // out of the browser's cache of pages: seen again
    shown = undefined;
    show();
    look();
  });
  on(document, "visibilitychange", () => {
    if (!document.hidden) return show();
    hide();
    send();
  });
};
