// What every page shares: theme, menus, dialogs, copy buttons, toasts, news and keys. All of it only adds to pages that work without it.

const root = document.documentElement;
const toasts = document.getElementById("toasts");
const LINGER = 8000; // milliseconds a toast without an action or an error stays

// ── Theme ────────────────────────────────────────────────────
function chooseTheme(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  try {
    if (theme) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
  } catch {
    // Storage may be forbidden: the choice then lasts for this page.
  }
  markTheme();
}

function markTheme() {
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === (root.dataset.theme ?? "")));
  }
}

// ── Menus ────────────────────────────────────────────────────
function closeMenus(except) {
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

function closeMenuOnEscape(event) {
  const menu = event.target.closest?.("[data-menu][open]") ?? document.querySelector("[data-menu][open]");
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}

// ── Copy ─────────────────────────────────────────────────────
async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  const text = "value" in source ? source.value : source.textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without permission the text is selected, ready for the reader's own copy key.
    if ("select" in source) source.select();
    else getSelection().selectAllChildren(source);
    return;
  }
  announce(button.dataset.copied ?? text);
  button.dataset.state = "copied";
  setTimeout(() => delete button.dataset.state, 2000);
}

function announce(text) {
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = text;
}

// ── Toasts ───────────────────────────────────────────────────
function showToast({ text, tone = "success" }) {
  if (!toasts || !text) return;
  const toast = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  toast.className = `toast toast--${tone}`;
  toast.querySelector("p").textContent = text;
  const shape = toast.querySelector("use");
  const name = { success: "check", info: "info" }[tone] ?? "triangle-alert";
  shape.setAttribute("href", shape.getAttribute("href").replace(/#.*/, `#${name}`));
  toasts.append(toast);
}

function letGo(toast) {
  const stays = toast.matches(".toast--error, .toast--warning, :has(form)");
  if (stays) return;
  setTimeout(function leave() {
    if (toast.matches(":hover, :focus-within")) setTimeout(leave, LINGER);
    else toast.remove();
  }, LINGER);
}

if (toasts) {
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) letGo(node);
    }
  }).observe(toasts, { childList: true });
  // Screen readers speak what changes, not what the page came with: put the first toasts in anew.
  requestAnimationFrame(() => toasts.replaceChildren(...toasts.querySelectorAll("[data-toast]")));
}

// ── Fields that a failed test blames ─────────────────────────
function blame() {
  for (const field of document.querySelectorAll("[data-blamed]")) {
    field.removeAttribute("aria-invalid");
    delete field.dataset.blamed;
  }
  for (const why of document.querySelectorAll("[data-blames]")) {
    const field = document.getElementById(why.dataset.blames);
    if (!field) continue;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", why.id);
    field.dataset.blamed = "";
  }
}

// What was just begun has the focus; the attribute autofocus is for whole pages, and browsers say so
function land() {
  const here = document.querySelector("[data-land]");
  here?.removeAttribute("data-land");
  here?.focus();
}

// ── Strips that scroll sideways begin where one is ───────────
for (const here of document.querySelectorAll(":is(.folders, .tabs, .segmented) [aria-current]")) {
  const strip = here.closest(".folders, .tabs, .segmented");
  if (strip.scrollWidth > strip.clientWidth) here.scrollIntoView({ block: "nearest", inline: "center" });
}

// ── Wiring ───────────────────────────────────────────────────
document.addEventListener("click", (event) => {
  closeMenus(event.target);
  const on = (selector) => event.target.closest(selector);
  const opener = on("[data-dialog]");
  if (opener) {
    event.preventDefault();
    document.querySelector(opener.dataset.dialog).showModal();
  } else if (on("[data-close]")) on("dialog").close();
  else if (on("[data-dismiss]")) on("[data-toast]")?.remove();
  else if (on("[data-copy]")) copy(on("[data-copy]"));
  else if (on("[data-theme-choice]")) chooseTheme(on("[data-theme-choice]").dataset.themeChoice);
  else if (event.target.matches("dialog")) event.target.close(); // the backdrop is part of the dialog
});
document.addEventListener("keydown", closeMenuOnEscape);
document.addEventListener("htmx:after:swap", blame);
document.addEventListener("htmx:after:swap", land);
document.addEventListener("toast", (event) => showToast(event.detail));
document.addEventListener("htmx:response:error", () => showToast({ text: toasts?.dataset.failed, tone: "error" }));
document.addEventListener("htmx:error", () => showToast({ text: toasts?.dataset.failed, tone: "error" }));
markTheme();

// ── News ─────────────────────────────────────────────────────
// While the page is seen, every [data-refresh] asks the server for its fragment (204: nothing new).
const EVERY = 5000; // milliseconds

function askForNews() {
  if (document.hidden) return;
  for (const part of document.querySelectorAll("[data-refresh]")) part.dispatchEvent(new CustomEvent("refresh"));
}

setInterval(askForNews, EVERY);
document.addEventListener("visibilitychange", askForNews);

// ── One box for all boxes of a name ──────────────────────────
document.addEventListener("change", ({ target }) => {
  if (target.dataset?.checkAll === undefined) return;
  for (const box of target.form.elements) if (box.type === "checkbox") box.checked = target.checked;
});

// ── Keys ─────────────────────────────────────────────────────
// Each only does what a visible link or button does, and never while something is typed.
// [data-key="e"] is pressed by e, [data-go="i"] by g and then i; j and k walk through the rows of a list.

let going = -Infinity; // when g was pressed; times begin with the page

const typing = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog");
const rows = () => [...document.querySelectorAll(".row-mail > a, .table tbody a:first-of-type")];

function walk(step) {
  const all = rows();
  if (!all.length) return;
  let at = all.indexOf(document.activeElement);
  if (at < 0) at = all.findIndex((row) => row.closest("[aria-current]"));
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function press(target) {
  const opened = target.matches("summary") ? target.parentElement : null;
  if (!opened?.open || opened.matches("[data-menu]")) target.click(); // what is open already is not closed by its key
  if (!opened) return;
  // where something is written, that has the focus
  (opened.querySelector("textarea") ?? opened.querySelector("input:not([type=hidden]), button, select"))?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const went = event.timeStamp - going < 1500;
  going = -Infinity;
  const shown = (selector) => [...document.querySelectorAll(selector)].find((each) => each.checkVisibility());
  const target = went ? shown(`[data-go="${CSS.escape(event.key)}"]`) : shown(`[data-key="${CSS.escape(event.key)}"]`);
  if (target) press(target);
  else if (event.key === "g") going = event.timeStamp;
  else if (event.key === "j") walk(1);
  else if (event.key === "k") walk(-1);
  else if (event.key === "x") document.activeElement.closest(".row-mail")?.querySelector("input[type=checkbox]")?.click();
  else if (event.key === "/") {
    const search = shown("main input[type=search]");
    if (search) search.focus();
    else shown("[data-search]")?.click();
  }
  else if (event.key === "?") document.getElementById("keys")?.showModal();
  else return;
  event.preventDefault();
});
