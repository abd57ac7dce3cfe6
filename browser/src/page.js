// Where she is, and how she came here.

const CLICK_IDS = /^(gclid|fbclid|ttclid|msclkid|li_fat_id)$/;
const LINKED = "opp_c";
/** Class of a referrer → its host names; the first that fits. */
const CLASSES = {
  email: /mail\.|^outlook\./,
  search: /\b(google|bing|duckduckgo|ecosia)\./,
  social: /\b(facebook|instagram|tiktok|pinterest|youtube)\.|^(t\.co|x\.com)$/,
};

/** An address without query and fragment, in which there may be names, addresses and tokens. */
const cleaned = (address) => address.split(/[?#]/)[0];

export const here = () => cleaned(location.href);

/** The token of the mail's link she came by, taken off the address so that it is not shared, bookmarked or seen by others. */
const takeToken = () => {
  const url = new URL(location.href);
  const token = url.searchParams.get(LINKED);
  url.searchParams.delete(LINKED);
  if (token) history.replaceState(history.state, "", url);
  return token;
};

export const token = takeToken();

const source = (host, medium, isPaid) => {
  if (isPaid || /^(cp[cm]|ppc|paid|display)/i.test(medium)) return "ads";
  if (/mail|newsletter/i.test(medium)) return "email";
  if (!host) return "direct";
  if (host === location.host) return "internal";
  return Object.keys(CLASSES).find((name) => CLASSES[name].test(host)) || "referral";
};

/** How she came to the page at hand: its `utm_*`, and the context of its calls. */
export const arrival = (referrer) => {
  const campaign = {};
  const clickIds = {};
  const utm = {};
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (/^utm_/.test(name)) campaign[name.slice(4).replace("campaign", "name")] = utm[name] = value;
    if (CLICK_IDS.test(name)) clickIds[name] = value;
  }
  const from = cleaned(referrer);
  const type = source(from.split("/")[2], utm.utm_medium, Object.keys(clickIds)[0]);
  return {
    utm,
    context: {
      page: { path: location.pathname, url: here(), title: document.title, referrer: from },
      referrer: { type },
      campaign,
      clickIds,
    },
  };
};
