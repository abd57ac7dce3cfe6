// What waits to be sent: in order, in small bodies, one at a time, until the collector has it.

import { warn } from "./guard.js";
import { shelf } from "./memory.js";
import { host, setting } from "./settings.js";

const MOST_CALLS = 500;
const LARGEST_CALL = 32e3; // octets, as the collector has it
const LARGEST_BODY = 6e4; // octets: browsers let 64 KB outlive a page
const SHELF = "opportune_unsent";
const SOON = 800; // ms; what happens together travels together
const LONGEST_PAUSE = 64; // seconds

const url = host + "/v1/batch";
let waiting = []; // JSON texts; the first `flying` of them are on their way
let flying = 0;
let pause = 1; // seconds, should the next try fail
let resting = 0; // until when, in ms of Date.now()
let timer;

const octets = (text) => new Blob([text]).size;

const later = (ms) => {
  clearTimeout(timer);
  timer = setTimeout(send, Math.max(ms, resting - Date.now() + 9)); // timers may come some ms early
};

/** Puts a call at the end. Its `messageId` stays the same however often it is sent. A full queue takes no more. */
export const put = (call) => {
  const text = JSON.stringify(call);
  if (waiting.length >= MOST_CALLS || octets(text) > LARGEST_CALL) return warn("not sent", call);
  waiting.push(text);
  later(SOON);
};

/** Where the calls that fit into one body end, from `first` on. */
const fitting = (first) => {
  let room = LARGEST_BODY;
  while (first < waiting.length && (room -= octets(waiting[first]) + 1) > 0) first++;
  return first;
};

const body = (calls) => JSON.stringify({ writeKey: setting.key, sentAt: new Date() }).slice(0, -1) + `,"batch":[${calls}]}`;

const landed = (answer) => {
  if (answer.status === 429 || answer.status > 499) throw answer;
  waiting.splice(0, flying);
  flying = 0;
  pause = 1;
  if (!answer.ok) answer.text().then(warn);
};

/** Everything stays; the collector says for how long, or each pause is twice the one before, and never the same for all visitors. */
const failed = ({ headers }) => {
  flying = 0;
  const said = headers && +headers.get("retry-after");
  resting = Date.now() + 1e3 * (said || pause * (0.5 + Math.random()));
  pause = Math.min(LONGEST_PAUSE, pause * 2);
};

export const send = () => {
  if (flying || Date.now() < resting || !waiting.length) return;
  flying = fitting(0);
  // a text's type is text/plain, which spares a preflight; `keepalive` lets it outlive the page
  fetch(url, { method: "POST", keepalive: true, credentials: "omit", body: body(waiting.slice(0, flying)) })
    .then(landed)
    .catch(failed)
    .then(() => waiting.length && later(0));
};

/** The page is going. What is on its way goes on by itself; the rest leaves as beacons, or stays until the next page where it may. */
export const leave = (mayStore) => {
  for (let end; Date.now() >= resting && (end = fitting(flying)) > flying; waiting.splice(flying, end - flying))
    if (!navigator.sendBeacon(url, body(waiting.slice(flying, end)))) break;
  if (mayStore && waiting.length > flying) shelf(SHELF, waiting.splice(flying));
};

/** What an earlier page could not send. */
export const recall = () => {
  waiting.push(...(shelf(SHELF) || []));
  shelf(SHELF, null);
  later(SOON);
};

/** Nothing of her that has not left yet is sent or kept. */
export const empty = () => {
  shelf(SHELF, null);
  waiting.length = flying;
};
