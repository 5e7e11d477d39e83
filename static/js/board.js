// The board: drag a card to another stage, or choose the stage in the "Move to…" dialog (key s).
// The card moves at once; if the server does not agree it goes back and a toast says so. If somebody else
// has moved it meanwhile, the answer holds the card as it is now, and it goes to where it really is.

const board = document.querySelector("[data-board]");
const dialog = document.getElementById("move-dialog");
const form = dialog?.querySelector("[data-move-form]");
let chosen = null; // the card the dialog is open for

const listOf = (stage) => board.querySelector(`[data-stage="${CSS.escape(stage)}"] [data-cards]`);
const cardAt = (element) => element?.closest?.("[data-card]");

function fill(template, values) {
  return template.replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");
}

function count() {
  for (const column of board.querySelectorAll("[data-stage]")) {
    const shown = column.querySelector("[data-count]");
    // A column may show only its first cards, so the number changes by what moved, not by what is visible.
    const visible = column.querySelectorAll("[data-card]").length;
    const before = Number(column.dataset.visible ?? visible);
    if (shown) shown.textContent = String(Number(shown.textContent) + visible - before);
    column.dataset.visible = String(visible);
  }
}

function put(card, list, before = null) {
  list.insertBefore(card, before?.parentElement === list ? before : null);
  count();
}

async function post(card, stage) {
  const data = new FormData(form);
  data.set("stage", stage);
  data.set("seen_in", card.dataset.seenIn);
  const answer = await fetch(card.dataset.moveUrl, {
    method: "POST",
    body: data,
    headers: { "HX-Request": "true" },
    redirect: "manual",
  });
  // A redirect comes as an opaque answer of status 0: a plain form's success, but also a lost session's way to the login.
  if (!answer.ok) throw new Error(`move answered ${answer.status}`);
  return answer.status === 204 ? "" : answer.text();
}

function receive(html, card) {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const toast of page.querySelectorAll("[data-toast]")) document.getElementById("toasts").append(toast);
  const fresh = page.querySelector(`[data-card="${CSS.escape(card.dataset.card)}"]`);
  if (!fresh) return card;
  card.replaceWith(fresh);
  window.htmx?.process(fresh);
  return fresh;
}

// Saves a card's new place; `from` and `next` are where it goes back to.
async function move(card, stage, from, next) {
  const list = listOf(stage);
  if (list && card.parentElement !== list) put(card, list, list.firstElementChild);
  else count();
  const name = card.dataset.name;
  const id = CSS.escape(stage);
  const column = board.querySelector(`[data-stage="${id}"], [data-closed="${id}"]`);
  card.setAttribute("aria-busy", "true");
  try {
    const fresh = receive(await post(card, stage), card);
    fresh.removeAttribute("aria-busy");
    if (fresh !== card && fresh.dataset.seenIn !== stage) return correct(fresh);
    if (!list) leave(fresh, column);
    count();
    document.getElementById("announcer").textContent = fill(board.dataset.moved, { name, stage: column?.dataset.stageName ?? "" });
    if (list) fresh.querySelector("a")?.focus({ preventScroll: true });
  } catch {
    card.removeAttribute("aria-busy");
    put(card, from, next);
    document.dispatchEvent(new CustomEvent("toast", { detail: { text: fill(board.dataset.failed, { name }), tone: "error" } }));
  }
}

// Puts a card that somebody else has moved where it is; a toast of the server says so.
function correct(card) {
  const list = listOf(card.dataset.seenIn);
  if (list) put(card, list, list.firstElementChild);
  else leave(card, board.querySelector(`[data-closed="${CSS.escape(card.dataset.seenIn)}"]`));
  count();
}

// A card that went to a stage this board has folded, or does not show at all.
function leave(card, folded) {
  card.remove();
  const number = folded?.querySelector(".num");
  if (number) number.textContent = String(Number(number.textContent) + 1);
}

function openDialog(card) {
  if (!card || !dialog) return;
  chosen = card;
  const title = dialog.querySelector("[data-title]");
  title.textContent = fill(title.dataset.title, { name: card.dataset.name });
  const here = card.closest("[data-stage]").dataset.stage;
  for (const button of form.querySelectorAll("[name=stage]")) button.disabled = button.value === here;
  dialog.showModal();
  form.querySelector("[name=stage]:enabled")?.focus();
}

function enableDrag() {
  let neighbour = null; // what stood after the dragged card, to put it back
  for (const list of board.querySelectorAll("[data-cards]")) {
    new window.Sortable(list, {
      group: "stages",
      sort: false, // the order inside a stage is the server's
      draggable: "[data-card]",
      ghostClass: "kcard--ghost",
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      delay: 200,
      delayOnTouchOnly: true,
      onStart: (event) => {
        board.dataset.dragging = "";
        neighbour = event.item.nextElementSibling;
      },
      onEnd: ({ item, from, to }) => {
        delete board.dataset.dragging;
        if (from !== to) move(item, to.closest("[data-stage]").dataset.stage, from, neighbour);
      },
    });
  }
}

if (board && form) {
  count();
  if (window.Sortable) enableDrag();
  board.addEventListener("click", (event) => {
    if (!event.target.closest("[data-move]")) return;
    event.preventDefault();
    openDialog(cardAt(event.target));
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
    if (event.key !== "s" || event.ctrlKey || event.metaKey || event.altKey || typing) return;
    openDialog(cardAt(document.activeElement) ?? board.querySelector("[data-card]:hover"));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const card = chosen;
    dialog.close();
    move(card, event.submitter.value, card.parentElement, card.nextElementSibling);
  });
}
