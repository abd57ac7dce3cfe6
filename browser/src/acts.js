// What visitors do with a page: put into the cart and take out, search, open a result; told by `data-opportune-*`.

import { open } from "./asking.js";
import { track } from "./calls.js";
import { viewed } from "./dwell.js";
import { guarded, on } from "./guard.js";
import { all, product, productOf, told } from "./products.js";
import { setting } from "./settings.js";

const AGAIN = 1e3; // ms within which attributes and a data layer that tell the same are one

let last = {};
let query;

/** Sent unless the same was just told by other means. */
export const act = (event, properties, from) => {
  const key = event + (properties.product_id || properties.query);
  if (key === last.key && from !== last.from && Date.now() - last.at < AGAIN) return;
  last = { key, from, at: Date.now() };
  track(event, properties);
};

export const search = (asked, results, from) => {
  query = asked;
  act("Products Searched", { query, results }, from);
};

/** Of a product that is named, or that stands around the button, or that the page is about. */
const cart = (event, element, id) => {
  const said = { ...productOf(element), ...(id && { product_id: id }) };
  const page = viewed();
  const quantity = element.closest("form")?.elements.quantity?.value || 1;
  const isPages = [undefined, page?.product_id].includes(said.product_id);
  const put = product({ quantity, ...(isPages && page), ...said });
  if (put) act(event, put);
};

const pressed = ({ type, button, target }) => {
  const find = (name) => target.closest(`[data-opportune-${name}]`);
  const pressedOn = (element) => element && !button && (element.tagName === "FORM") === (type === "submit");
  if (type === "click" && find("consent")) open();
  const add = find("add");
  const remove = find("remove");
  const result = find("result");
  if (pressedOn(add)) cart("Product Added", add, add.dataset.opportuneAdd);
  if (pressedOn(remove)) cart("Product Removed", remove, remove.dataset.opportuneRemove);
  if (result && query && button < 2 && target.closest("a")) // the middle button opens as well
    track("Search Result Clicked", { query, product_id: result.dataset.opportuneResult });
};

on(document, "click submit auxclick", pressed);

/** What the page itself says has been seen or done by coming to it. */
export const readPage = () => {
  query = undefined;
  const address = new URLSearchParams(location.search);
  const [counted] = all("[data-opportune-results]");
  for (const name of (setting.search || "q s query search").split(" ")) {
    const asked = address.get(name)?.trim().slice(0, 256);
    if (asked && !query) search(asked, counted && +counted.dataset.opportuneResults);
  }
  for (const element of all("[data-opportune-list],[data-opportune-event]")) {
    const { opportuneEvent, opportuneList } = element.dataset;
    if (opportuneList) track("Product List Viewed", { category: opportuneList });
    if (opportuneEvent) guarded(() => track(opportuneEvent, told(element)))();
  }
};
