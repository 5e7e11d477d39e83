// The application form: files dropped onto their fields, progress while they travel, the silent puzzle.
// Without it the form works as any other; what the server answers is shown as the browser would show it.

const form = document.querySelector("[data-apply]");

// ── Dropping ─────────────────────────────────────────────────
function acceptDrops(input) {
  const place = input.closest(".field");
  for (const name of ["dragover", "dragleave", "drop"]) {
    place.addEventListener(name, (event) => {
      event.preventDefault();
      place.classList.toggle("field--drop", name === "dragover");
    });
  }
  place.addEventListener("drop", (event) => {
    const all = new DataTransfer();
    for (const file of [...input.files, ...event.dataTransfer.files]) all.items.add(file);
    input.files = all.files;
  });
}

// ── Sending ──────────────────────────────────────────────────
function send(form) {
  const request = new XMLHttpRequest();
  const bar = form.querySelector("progress");
  const note = form.querySelector("[data-apply-note]");
  const button = form.querySelector("button");
  bar.hidden = false;
  button.disabled = true;
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = Math.round((100 * loaded) / total);
    note.textContent = form.dataset.sending.replace("%(percent)s", bar.value);
  });
  const stop = (told) => {
    bar.hidden = true;
    button.disabled = false;
    note.textContent = told;
  };
  request.addEventListener("load", () => {
    const wait = request.status === 429 && (request.getResponseHeader("Retry-After") ?? "60");
    if (wait) stop(form.dataset.wait.replace("%(seconds)s", wait));
    else show(request);
  });
  request.addEventListener("error", () => stop(form.dataset.broken));
  request.responseType = "document";
  request.open("POST", form.action);
  request.send(new FormData(form));
}

function show(request) {
  const main = request.response?.querySelector("main");
  if (request.status === 200 || !main) {
    location.assign(request.responseURL);
    return;
  }
  document.querySelector("main").replaceWith(main);
  begin(document.querySelector("[data-apply]"));
  const wrong = main.querySelector("[aria-invalid]");
  wrong?.focus();
  (wrong ?? main.querySelector(".banner") ?? main).scrollIntoView({ block: "center" });
}

// ── The puzzle (ALTCHA, version 1) ───────────────────────────
async function solve(puzzle) {
  const bytes = new TextEncoder();
  for (let number = 0; number <= puzzle.maxnumber; number += 1) {
    const digest = await crypto.subtle.digest("SHA-256", bytes.encode(puzzle.salt + number));
    const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    if (hex === puzzle.challenge) {
      const { algorithm, challenge, salt, signature } = puzzle;
      return btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
    }
  }
  return "";
}

// ── Wiring ───────────────────────────────────────────────────
function begin(form) {
  if (!form) return;
  form.querySelectorAll("input[type=file]").forEach(acceptDrops);
  const solved = form.dataset.puzzle ? solve(JSON.parse(form.dataset.puzzle)) : Promise.resolve("");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.elements.solution.value = await solved;
    send(form);
  });
}

begin(form);
