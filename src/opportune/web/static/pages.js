// Keeps the overview fresh while somebody looks at it, and filters the mailbox as soon as a choice is made. Everything works without it.
"use strict";
(() => {
  const live = document.getElementById("live");
  const seconds = live ? Number(live.dataset.refresh) : 0;

  async function refresh() {
    if (document.hidden || !document.getSelection().isCollapsed) return;
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (answer.redirected) return location.reload(); // signed out meanwhile
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
    const here = document.getElementById("live");
    if (!fresh || here.contains(document.activeElement)) return;
    for (const fold of here.querySelectorAll("details[open][id]")) {
      const same = fresh.querySelector(`#${CSS.escape(fold.id)}`);
      if (same) same.open = true;
    }
    here.replaceWith(document.adoptNode(fresh));
  }

  function again() {
    setTimeout(() => refresh().catch(() => {}).finally(again), seconds * 1000);
  }

  if (seconds > 0) again();

  const filters = document.querySelector("form.filters");
  if (filters) filters.addEventListener("change", (event) => { if (event.target.matches("select")) filters.requestSubmit(); });

  document.addEventListener("click", (event) => {
    const account = document.querySelector("details.account[open]");
    if (account && !account.contains(event.target)) account.open = false;
  });
})();
