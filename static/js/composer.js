// The composer: opens where a link leads to it, offers templates, lists attached files, sends with Ctrl+Enter.
// Notes beside it offer colleagues to mention.

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

// ── Notes ────────────────────────────────────────────────────
// @ in a note offers colleagues: arrows choose, Enter or Tab takes, Escape leaves. Typed by hand it means the same.
function offer(form) {
  const field = form.querySelector("textarea");
  const list = document.createElement("ul");
  list.className = "mentions";
  list.id = `${field.id}-mentions`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.labels[0]?.textContent.trim() ?? "");
  list.hidden = true;
  field.after(list);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  let names = null; // asked for with the first @
  let at = 0;

  const typed = () => /(?:^|\s)@([^@\n]{0,40})$/u.exec(field.value.slice(0, field.selectionStart))?.[1];

  function close() {
    list.hidden = true;
    list.replaceChildren();
    field.removeAttribute("aria-activedescendant");
  }

  function mark(next) {
    at = (next + list.children.length) % list.children.length;
    [...list.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
    field.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  }

  async function show() {
    const part = typed();
    if (part === undefined) return close();
    if (!names) {
      const answer = await fetch(form.dataset.mentions, { headers: { Accept: "application/json" } }).catch(() => null);
      names = answer?.ok ? (await answer.json()).names : [];
    }
    const word = part.toLocaleLowerCase();
    const fitting = names.filter((name) => name.toLocaleLowerCase().split(/\s+/).some((each, index, all) => all.slice(index).join(" ").startsWith(word)));
    if (typed() !== part || !fitting.length || fitting.some((name) => name.toLocaleLowerCase() === word)) return close();
    list.replaceChildren(
      ...fitting.slice(0, 8).map((name, index) => {
        const row = document.createElement("li");
        row.id = `${list.id}-${index}`;
        row.setAttribute("role", "option");
        row.textContent = name;
        row.addEventListener("mousedown", (event) => {
          event.preventDefault();
          take(name);
        });
        return row;
      }),
    );
    list.hidden = false;
    mark(0);
  }

  function take(name) {
    const end = field.selectionStart;
    field.setRangeText(`${name} `, end - typed().length, end, "end");
    close();
    field.focus();
  }

  field.addEventListener("input", show);
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if (event.key === "Enter" || event.key === "Tab") take(list.children[at].textContent);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
}

document.querySelectorAll("[data-mentions]").forEach(offer);
