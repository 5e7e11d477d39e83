// News without reloading: while the page is seen, every [data-refresh] asks the server for its fragment (204: nothing new).

const EVERY = 5000; // milliseconds

function ask() {
  if (document.hidden) return;
  for (const part of document.querySelectorAll("[data-refresh]")) part.dispatchEvent(new CustomEvent("refresh"));
}

// One box for all boxes of a name.
document.addEventListener("change", ({ target }) => {
  if (!target.dataset?.checkAll) return;
  for (const box of document.querySelectorAll(`input[name="${target.dataset.checkAll}"]`)) box.checked = target.checked;
});

setInterval(ask, EVERY);
document.addEventListener("visibilitychange", ask);
