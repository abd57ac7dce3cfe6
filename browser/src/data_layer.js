// Shops that already tell Google: GA4's e-commerce events and consent mode in `dataLayer`, heard as they are pushed.

import { act, search } from "./acts.js";
import { track } from "./calls.js";
import { beginView, viewed } from "./dwell.js";
import { guarded } from "./guard.js";
import { product } from "./products.js";
import { consentMode } from "./signals.js";

const LAYER = 1; // told apart from what attributes say

const products = ({ items = [], currency }) =>
  items.map((one) =>
    product({
      product_id: one.item_id || one.item_name,
      name: one.item_name,
      category: one.item_category,
      price: one.price,
      quantity: one.quantity || 1,
      currency,
    }),
  );

const each = (event) => (told) => products(told).forEach((one) => act(event, one, LAYER));
const whole =
  (event) =>
  ({ items, ...told }) =>
    act(event, told, LAYER);

/** GA4's name → what it is to us. */
const EVENTS = {
  view_item(told) {
    if (!viewed()) products(told).slice(0, 1).forEach(beginView); // else the page itself said what it is about
  },
  add_to_cart: each("Product Added"),
  remove_from_cart: each("Product Removed"),
  view_cart: whole("Cart Viewed"),
  begin_checkout: whole("Checkout Started"),
  search: ({ search_term }) => search(search_term, undefined, LAYER),
  purchase: ({ transaction_id, value, ...told }) =>
    track("Order Completed", { ...told, order_id: transaction_id, total: value, items: undefined, products: products(told) }),
};

let isReady;

/** An entry is what `gtag` was called with, or an object with `event` and `ecommerce`. */
const sold = guarded((entry) => {
  const [name, told] = entry[0] === "event" ? [entry[1], entry[2]] : [entry.event, entry.ecommerce];
  if (Object.hasOwn(EVENTS, name)) EVENTS[name](told || entry);
});

const heard = guarded((entry) => {
  if (entry[0] === "consent") consentMode(entry[1], entry[2]);
  else if (isReady) sold(entry);
});

/** Once the page is read: what was pushed before is taken then, what is pushed later at once. */
export const beginShopping = () => {
  isReady = true;
  dataLayer.forEach(sold);
};

export const hear = () => {
  const layer = (window.dataLayer ||= []);
  const { push } = layer;
  layer.forEach(heard);
  layer.push = (...entries) => {
    entries.forEach(heard);
    return push.apply(layer, entries);
  };
};
