// The composer: opens where a link leads to it, offers templates, lists attached files, sends with Ctrl+Enter.

const composer = document.querySelector("[data-composer]");

function openFold() {
  const fold = composer.closest("details");
  fold.open = true;
  fold.scrollIntoView({ block: "nearest" });
  composer.elements.text.focus();
}

// ── Templates ────────────────────────────────────────────────
async function ask(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.json();
}

async function offerTemplates(picker) {
  const { templates } = await ask(composer.dataset.templates);
  for (const { name, url } of templates) picker.append(new Option(name, url));
  picker.parentElement.hidden = templates.length === 0;
}

async function insertTemplate(picker) {
  const { subject, text, unresolved, files } = await ask(picker.value);
  const field = composer.elements.text;
  // What was written stays: the template goes in where the cursor is.
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  if (subject && !composer.elements.subject.dataset.touched) composer.elements.subject.value = subject;
  say(unresolved.length ? composer.dataset.unresolved.replace("%(names)s", unresolved.join(", ")) : "");
  composer.elements.template.value = picker.value.match(/(\d+)\/$/)?.[1] ?? "";
  const goesAlong = composer.querySelector("[data-template-files]");
  goesAlong.hidden = files.length === 0;
  goesAlong.querySelector("[data-names]").textContent = files.join(", ");
  composer.dispatchEvent(new Event("input"));
  picker.value = "";
  field.focus();
}

function say(text) {
  composer.querySelector("[data-composer-note]").textContent = text;
}

function fail() {
  const toasts = document.getElementById("toasts");
  document.dispatchEvent(new CustomEvent("toast", { detail: { text: toasts.dataset.failed, tone: "error" } }));
}

// ── Attachments ──────────────────────────────────────────────
function listFiles(input, list) {
  const rows = [...input.files].map((file) => {
    const row = document.createElement("li");
    row.className = "file";
    const size = file.size < 1e6 ? `${Math.ceil(file.size / 1e3)} kB` : `${(file.size / 1e6).toFixed(1)} MB`;
    row.append(Object.assign(document.createElement("b"), { textContent: file.name }));
    row.append(Object.assign(document.createElement("span"), { textContent: size }));
    return row;
  });
  // One file is named by the browser's own control.
  list.replaceChildren(...(rows.length > 1 ? rows : []));
}

// ── Drafts ───────────────────────────────────────────────────
let waiting;
function keepSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(keep, 1200);
}

async function keep() {
  if (composer.dataset.sent !== undefined) return;
  const typed = new FormData(composer);
  typed.delete("attachments");
  const answer = await fetch(composer.dataset.draft, { method: "POST", body: typed, headers: { "X-Requested-With": "autosave" } }).catch(() => null);
  if (answer?.status === 204 && composer.elements.text.value.trim()) say(composer.dataset.kept);
}

// ── Wiring ───────────────────────────────────────────────────
if (composer) {
  const picker = composer.querySelector("[data-template-picker]");
  let offered = false;
  const offerOnce = () => {
    if (offered) return;
    offered = true;
    offerTemplates(picker).catch(fail);
  };
  const fold = composer.closest("details");
  fold.addEventListener("toggle", () => fold.open && offerOnce());
  if (fold.open) {
    offerOnce();
    composer.querySelector("[aria-invalid=true]")?.focus();
  }
  const openIfAsked = () => location.hash === "#write" && openFold();
  openIfAsked();
  addEventListener("hashchange", openIfAsked);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-write]")) return;
    event.preventDefault();
    openFold();
  });
  picker.addEventListener("change", () => picker.value && insertTemplate(picker).catch(fail));
  composer.elements.subject.addEventListener("input", (event) => (event.target.dataset.touched = ""));
  composer.elements.attachments.addEventListener("change", (event) => listFiles(event.target, composer.querySelector("[data-attached]")));
  composer.addEventListener("input", keepSoon);
  composer.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) composer.requestSubmit();
  });
  composer.addEventListener("submit", (event) => {
    // Two clicks are one message.
    if (composer.dataset.sent !== undefined) event.preventDefault();
    composer.dataset.sent = "";
    clearTimeout(waiting);
  });
  addEventListener("pageshow", () => delete composer.dataset.sent); // the way back leads to a fresh form
}
