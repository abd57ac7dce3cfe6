// The banner's words. Whoever changes one of them raises the version, which is recorded with every choice.

export const VERSION = 1;

export const TEXTS = {
  en: {
    title: "May we remember what you look at?",
    text:
      "If you agree, this shop keeps a cookie and notes which pages and products you look at. If you refuse, it keeps nothing but your " +
      "refusal, on your device. You can change your mind at any time.",
    no: "Refuse",
    yes: "Agree",
    choose: "Choose",
    save: "Save choice",
    policy: "Privacy policy",
    tracking: "Remember the pages and products I look at",
    profiling: "Use that to choose what I am shown and sent",
    ads: "Use it for advertising elsewhere",
    gpc: "Opt-out request honoured: your browser sends Global Privacy Control, so nothing about you is sold or shared for advertising.",
  },
  de: {
    title: "Dürfen wir uns merken, was Sie ansehen?",
    text:
      "Wenn Sie zustimmen, setzt dieser Shop ein Cookie und merkt sich, welche Seiten und Produkte Sie ansehen. Wenn Sie ablehnen, bleibt " +
      "nur Ihre Ablehnung auf Ihrem Gerät vermerkt. Sie können Ihre Wahl jederzeit ändern.",
    no: "Ablehnen",
    yes: "Zustimmen",
    choose: "Auswählen",
    save: "Auswahl speichern",
    policy: "Datenschutz",
    tracking: "Merken, welche Seiten und Produkte ich ansehe",
    profiling: "Danach auswählen, was mir gezeigt und geschickt wird",
    ads: "Für Werbung an anderen Orten nutzen",
    gpc: "Widerspruch beachtet: Ihr Browser sendet Global Privacy Control; nichts über Sie wird für Werbung verkauft oder geteilt.",
  },
};
