// How long she really looked: time counts while the page is visible and she does something, never in a hidden tab.

import { made, give } from "./calls.js";
import { guarded, on } from "./guard.js";

// Below 30 s on purpose: a page left open in front of an empty chair never gets to `dwell >= "30s"`.
const IDLE = 25e3; // ms
const AWAY = 3e5; // ms hidden, after which a view is over
const IS_PHONE = /Mobi|Android/i.test(navigator.userAgent);

let isVisible = !document.hidden;
let from = performance.now();
let active = from;
let seen = 0; // ms
let view; // its call, on its way to be made
let began; // what of `seen` was before it
let ending;
let product;

const count = () => {
  const now = performance.now();
  if (isVisible) seen += Math.max(0, Math.min(now, active + IDLE) - from);
  from = now;
};

on(document, "pointerdown pointermove keydown scroll", () => {
  count();
  active = from;
});

/** The view's one event, its time that at which it began: what she did while she looked came after it. */
const end = () => {
  count();
  if (!view) return;
  view.properties.dwell = Math.round((seen - began) / 100) / 10;
  give(view);
  view = undefined;
};

/** She is no longer on the page. */
export const endView = () => {
  end();
  product = undefined;
};

export const beginView = (found) => {
  end();
  product = found;
  active = from;
  began = seen;
  view = made("track", { event: "Product Viewed", properties: { ...product } });
};

/** The product the page is about. */
export const viewed = () => product;

/** A phone may never wake a page it has put away; a desk's browser does, so a look at another tab does not end the view. */
export const hide = () => {
  count();
  isVisible = false;
  if (IS_PHONE) end();
  else ending = setTimeout(guarded(end), AWAY);
};

/** Who comes back to a view that is over begins another. */
export const show = () => {
  clearTimeout(ending);
  count();
  isVisible = true;
  active = from;
  if (product && !view) beginView(product);
};
