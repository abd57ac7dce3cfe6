// The product a page is about: from `data-opportune-product`, schema.org in JSON-LD or microdata, or Open Graph.

const NUMBERS = /^(price|quantity|value|total)$/;
const IDS = /^(product|cart|order)$/;
/** Attributes that say what happens, not what a product is like. */
const ACTS = /^(add|remove|results?|event|properties|consent|gpc|list)$/;

/** Properties by our names, numbers as numbers, what is not told left out. */
const clean = (said) => {
  const properties = {};
  for (const name in said) {
    const value = NUMBERS.test(name) ? parseFloat(said[name]) : said[name];
    if (value || value === 0) properties[name] = value;
  }
  return properties;
};

/** A product; undefined without an id. */
export const product = (said) => {
  const properties = clean(said);
  if (!properties.product_id) return;
  properties.product_id += "";
  return properties;
};

/** What `data-opportune-*` on an element say: `data-opportune-price="39"` is the property price. */
export const told = ({ dataset }) => {
  const said = JSON.parse(dataset.opportuneProperties || "{}");
  for (const key in dataset) {
    const name = key.slice(9).toLowerCase();
    if (/^opportune./.test(key) && !ACTS.test(name)) said[name.replace(IDS, "$1_id")] = dataset[key];
  }
  return clean(said);
};

const first = (value) => [].concat(value)[0] ?? {};

/** All products at the top of a JSON-LD document; those inside lists are not what the page is about. */
const topProducts = (node) => {
  if (Array.isArray(node)) return node.flatMap(topProducts);
  if (!node) return [];
  return /\bProduct(Group)?\b/.test(node["@type"]) ? [node] : [...topProducts(node["@graph"]), ...topProducts(node.mainEntity)];
};

const fromSchema = (node) => {
  const offer = first(node.offers || first(node.hasVariant).offers);
  const priced = { ...first(offer.priceSpecification), ...first(offer.offers), ...offer };
  return product({
    product_id: node.sku || node.productID || node.productGroupID || node.mpn,
    name: node.name,
    category: first(node.category).name || node.category,
    price: priced.price ?? priced.lowPrice,
    currency: priced.priceCurrency,
  });
};

export const all = (selector) => [...document.querySelectorAll(selector)];

const jsonLd = () => all('[type="application/ld+json"]').flatMap((script) => topProducts(JSON.parse(script.text)).map(fromSchema));

const microdata = () =>
  all('[itemtype$="schema.org/Product"]:not([itemprop])').map((scope) => {
    const node = {};
    for (const part of scope.querySelectorAll("[itemprop]"))
      node[part.getAttribute("itemprop")] ||= part.getAttribute("content") || part.textContent.trim();
    return fromSchema({ ...node, offers: node });
  });

const openGraph = () => {
  const node = {};
  for (const { content, attributes } of all("meta[property]")) node[attributes.property.value.replace(/.*?:/, "")] ||= content;
  const offers = { price: node["price:amount"], priceCurrency: node["price:currency"] };
  return [fromSchema({ ...node, sku: node.retailer_item_id, name: node.title, offers })];
};

const attributes = () =>
  all("[data-opportune-product]")
    .filter((element) => !element.closest("[data-opportune-list],[data-opportune-result]"))
    .map((element) => product(told(element)));

/** The product of the page, where it is about exactly one. The shop's own word goes before what is made for search engines. */
export const productHere = () => {
  for (const read of [attributes, jsonLd, microdata, openGraph]) {
    try {
      const found = read().filter(Boolean);
      if (found.length) return found.length < 2 ? found[0] : undefined;
    } catch {} // markup for machines is often broken
  }
};

/** The product an element stands for: it says so itself, or stands inside one that does. */
export const productOf = (element) => {
  const around = element.closest("[data-opportune-product]");
  return { ...(around && told(around)), ...told(element) };
};
