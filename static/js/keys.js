// Keys for those who like them; each only does what a visible link or button does. Never while something is typed.
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
  target.click();
  if (!target.matches("summary")) return;
  const opened = target.parentElement; // where something is written, that has the focus
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
