// Asks for this page again and again, and swaps the parts of it that changed.
"use strict";
const parts = page => new Map([...page.querySelectorAll("[data-refresh][id]")].map(part => [part.id, part.innerHTML]));
const name = element => element.id ? `#${CSS.escape(element.id)}` : `[href="${CSS.escape(element.getAttribute("href") ?? "")}"]`;
const shown = parts(document);
let mark = null, asking = false;

function swap(id, html) {
  const part = document.getElementById(id), selection = getSelection();
  if (!part || shown.get(id) === html || (!selection.isCollapsed && part.contains(selection.anchorNode))) return;
  const folds = new Map([...part.querySelectorAll("details[id]")].map(fold => [fold.id, fold.open]));
  const focus = part.contains(document.activeElement) && name(document.activeElement);
  part.innerHTML = html;
  shown.set(id, html);
  for (const fold of part.querySelectorAll("details[id]")) fold.open = folds.get(fold.id) ?? fold.open;
  if (focus) part.querySelector(focus)?.focus({ preventScroll: true });
}

async function look() {
  if (document.hidden || asking) return;
  asking = true;
  const answer = await fetch(location.href, { cache: "no-cache" }).catch(() => null);
  asking = false;
  document.getElementById("offline").hidden = Boolean(answer?.ok);
  if (!answer?.ok || answer.headers.get("ETag") === mark) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const before = [...shown];
  parts(page).forEach((html, id) => swap(id, html));
  if (before.every(([id]) => shown.get(id) === parts(page).get(id))) mark = answer.headers.get("ETag");
}

if (shown.size) setInterval(look, 3000);
document.addEventListener("visibilitychange", () => shown.size && look());
