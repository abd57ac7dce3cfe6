// The shop's own doings: a cart, a search, an order. What Opportune reads are the data-opportune-* attributes.

const LAMPS = [
  { id: "lamp-arc", name: "Arc floor lamp", price: 189, category: "Floor lamps" },
  { id: "lamp-globe", name: "Globe table lamp", price: 79, category: "Table lamps" },
  { id: "lamp-reed", name: "Reed pendant", price: 129, category: "Pendants" },
  { id: "lamp-cone", name: "Cone wall light", price: 59, category: "Wall lights" },
];

const cart = () => JSON.parse(sessionStorage.getItem("cart") || "{}");
const keep = (lines) => sessionStorage.setItem("cart", JSON.stringify(lines));
const put = (id, quantity) => keep({ ...cart(), [id]: (cart()[id] || 0) + quantity });
const lampOf = (id) => LAMPS.find((lamp) => lamp.id === id);
const total = () => Object.entries(cart()).reduce((sum, [id, n]) => sum + lampOf(id).price * n, 0);

const element = (name, beside = {}, ...within) => {
  const made = Object.assign(document.createElement(name), beside);
  made.append(...within);
  return made;
};

const card = (lamp) => {
  const picture = element("img", { src: `${lamp.id}.svg`, alt: "", width: 280, height: 290 });
  const link = element("a", { href: `${lamp.id}.html` }, picture, element("b", {}, lamp.name));
  const made = element("li", {}, link, element("p", {}, element("span", {}, `€${lamp.price}`)));
  made.dataset.opportuneResult = lamp.id;
  return made;
};

const search = (results) => {
  const asked = new URLSearchParams(location.search).get("q") || "";
  const words = asked.toLowerCase();
  const found = LAMPS.filter((lamp) => `${lamp.name} ${lamp.category}`.toLowerCase().includes(words));
  results.dataset.opportuneResults = found.length;
  results.append(...found.map(card));
  document.getElementById("found").textContent = `${found.length || "Nothing"} found for “${asked}”`;
};

const line = ([id, n]) => {
  const lamp = lampOf(id);
  const remove = element("button", { type: "button" }, "Remove");
  remove.dataset.opportuneRemove = id;
  remove.dataset.opportunePrice = lamp.price;
  remove.dataset.opportuneQuantity = n;
  const picture = element("img", { src: `${id}.svg`, alt: "" });
  const made = element("li", {}, picture, element("b", {}, `${n} × ${lamp.name}`), `€${lamp.price * n}`, remove);
  remove.onclick = () => {
    const { [id]: _, ...rest } = cart();
    keep(rest);
    made.remove();
    tellTotal();
  };
  return made;
};

const tellTotal = () => {
  document.getElementById("total").textContent = total() ? `Together €${total()}` : "There is nothing in it yet.";
};

const order = (place) => {
  const lines = Object.entries(cart());
  if (!lines.length) return;
  const products = lines.map(([id, n]) => ({ product_id: id, price: lampOf(id).price, category: lampOf(id).category, quantity: n }));
  place.dataset.opportuneEvent = "Order Completed";
  place.dataset.opportuneProperties = JSON.stringify({ order_id: `L${Date.now()}`, total: total(), currency: "EUR", products });
  keep({});
};

const signUp = (form) => {
  form.onsubmit = (event) => {
    event.preventDefault();
    const wording = "Letters from us, two or three times a year";
    (window.opportune ||= []).push(["consent", { email: true }, { email: form.elements.email.value, wording }]);
    document.getElementById("signed-up").textContent = "Thank you. If we need a second yes, it is in your inbox now.";
  };
};

const here = (id, does) => document.getElementById(id) && does(document.getElementById(id));

const asked = new URLSearchParams(location.search);
if (asked.get("add")) {
  put(asked.get("add"), Number(asked.get("quantity")) || 1);
  history.replaceState(null, "", location.pathname);
}
here("results", search);
here("lines", (lines) => {
  lines.append(...Object.entries(cart()).map(line));
  tellTotal();
});
here("ordered", order);
here("letters", signUp);
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-opportune-add]");
  if (!button) return;
  put(button.closest("[data-opportune-product]").dataset.opportuneProduct, 1);
  button.textContent = "In your cart";
});
