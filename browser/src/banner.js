// Our own small banner: refusing is as easy as agreeing, nothing is ticked beforehand, and no style or markup that a strict CSP forbids.
// A module of its own; what it needs of the script is given to it: { choose, chosen, proof, PURPOSES, setting }.

import { STYLE } from "./style.js";
import { TEXTS, VERSION } from "./texts.js";

const tongue = (setting) => {
  const [language] = (setting.banner || document.documentElement.lang || navigator.language).toLowerCase().split("-");
  return Object.hasOwn(TEXTS, language) ? language : "en";
};

const element = (name, beside, ...within) => {
  const made = Object.assign(document.createElement(name), beside);
  made.append(...within);
  return made;
};

const button = (text, onclick, className = "") => element("button", { type: "button", onclick, className }, text);

let root;
let opener;

export const close = () => {
  if (!root) return;
  root.remove();
  root = undefined;
  if (opener) opener.focus();
};

/** A box for each purpose: what she chose herself, else empty. */
const boxesOf = ({ chosen, proof, PURPOSES, setting }) =>
  PURPOSES.filter((purpose) => (setting.purposes || "tracking profiling").includes(purpose)).map((purpose) =>
    element("input", { type: "checkbox", name: purpose, checked: chosen[purpose] === true, disabled: purpose === "ads" && !!proof.gpc }),
  );

const contents = (script, words, isAsked) => {
  const boxes = boxesOf(script);
  const decide = (value) => () => {
    close();
    const wanted = Object.fromEntries(boxes.map((box) => [box.name, value ?? box.checked]));
    script.choose(wanted, "banner", `opportune-${tongue(script.setting)}-${VERSION}`);
  };
  const details = element("p", { hidden: !isAsked }, ...boxes.map((box) => element("label", {}, box, words[box.name])));
  const save = button(words.save, decide());
  const unfold = () => {
    details.hidden = save.hidden = false;
    more.hidden = true;
    boxes[0].focus();
  };
  const more = button(words.choose, unfold, "plain");
  save.hidden = !(more.hidden = isAsked);
  const text = element("p", { id: "text" }, words.text);
  if (script.setting.policy) text.append(" ", element("a", { href: script.setting.policy }, words.policy));
  const signal = script.proof.gpc ? [element("p", {}, words.gpc)] : [];
  const choices = element("div", {}, button(words.no, decide(false)), button(words.yes, decide(true)), save, more);
  return [element("h2", { id: "title" }, words.title), text, ...signal, details, choices];
};

const show = (script, isAsked) => {
  close();
  opener = isAsked && document.activeElement;
  const lang = tongue(script.setting);
  const frame = element("section", { tabIndex: -1, lang }, ...contents(script, TEXTS[lang], isAsked));
  frame.setAttribute("role", "dialog");
  frame.setAttribute("aria-labelledby", "title");
  frame.setAttribute("aria-describedby", "text");
  frame.onkeydown = (event) => {
    if (isAsked && event.key === "Escape") close();
  };
  root = element("opportune-consent");
  const shadow = root.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  shadow.adoptedStyleSheets = [sheet];
  shadow.append(frame);
  document.body.prepend(root); // the first that the keyboard comes to
  if (isAsked) frame.focus();
};

/** Asks her who has not chosen yet. */
export const ask = (script) => root || show(script, false);

/** She opened it herself: the keyboard goes there, and Escape leads back. */
export const open = (script) => show(script, true);

/** That a signal was honoured must be seen: where the shop keeps a place for it, else at the end of the page. */
export const honour = ({ setting }) => {
  const place = document.querySelector("[data-opportune-gpc]") || document.body.appendChild(element("p", { className: "opportune-gpc" }));
  place.hidden = false;
  place.textContent = TEXTS[tongue(setting)].gpc;
};
