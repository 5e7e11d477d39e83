// The composer: opens where a link leads to it, offers templates, lists attached files, sends with Ctrl+Enter.
// Notes beside it offer colleagues to mention, its fields for addresses whom to write to.

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

const offers = once(() => ask(composer.dataset.templates));

async function offerTemplates(picker) {
  const { templates } = await offers();
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

function fail(why = document.getElementById("toasts").dataset.failed) {
  document.dispatchEvent(new CustomEvent("toast", { detail: { text: why, tone: "error" } }));
}

// ── Attachments ──────────────────────────────────────────────
// A file is uploaded when it is chosen and part of the draft from then on; whoever sends meanwhile waits for it.
let uploads; // what is on its way: becomes whether it arrived

function changeFiles(typed, doing) {
  say(doing);
  const before = uploads ?? Promise.resolve(true);
  const mine = before.then(async (arrived) => {
    const answer = await save(typed);
    if (answer?.ok) composer.querySelector("[data-attached]").innerHTML = await answer.text();
    else fail(answer?.status === 422 ? await answer.text() : undefined);
    say(answer?.ok ? composer.dataset.kept : "");
    if (uploads === mine) uploads = undefined;
    return arrived && Boolean(answer?.ok);
  });
  uploads = mine;
}

function upload(input) {
  if (!input.files.length) return;
  const names = [...input.files].map(({ name }) => name).join(", ");
  const typed = new FormData(composer);
  input.value = "";
  changeFiles(typed, composer.dataset.uploading.replace("%(names)s", names));
}

function drop(button) {
  const typed = new FormData(composer, button);
  typed.delete("attachments");
  composer.elements.attachments.focus();
  changeFiles(typed, "");
}

// A file that is let go anywhere over the composer is attached, beside those that are already.
function takeDrops(input) {
  const leave = () => delete composer.dataset.over;
  composer.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    composer.dataset.over = "";
  });
  composer.addEventListener("dragleave", (event) => composer.contains(event.relatedTarget) || leave());
  composer.addEventListener("drop", (event) => {
    leave();
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    upload(input);
  });
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
  const answer = await save(typed);
  if (answer?.status === 204 && composer.elements.text.value.trim()) say(composer.dataset.kept);
}

// The answer of the draft's address; none when there was none, or one of the login.
async function save(typed) {
  const answer = await fetch(composer.dataset.draft, { method: "POST", body: typed, headers: { "X-Requested-With": "autosave" } }).catch(() => null);
  return answer?.redirected ? null : answer;
}

// ── Wiring ───────────────────────────────────────────────────
if (composer) {
  const picker = composer.querySelector("[data-template-picker]");
  let offered = false;
  const offerOnce = () => {
    if (offered) return;
    offered = true;
    offerTemplates(picker).catch(() => fail());
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
  picker.addEventListener("change", () => picker.value && insertTemplate(picker).catch(() => fail()));
  composer.elements.subject.addEventListener("input", (event) => (event.target.dataset.touched = ""));
  composer.elements.attachments.addEventListener("change", (event) => upload(event.target));
  composer.addEventListener("click", (event) => {
    const button = event.target.closest("[name=drop]");
    if (!button) return;
    event.preventDefault();
    drop(button);
  });
  takeDrops(composer.elements.attachments);
  composer.addEventListener("input", keepSoon);
  composer.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) composer.requestSubmit();
  });
  composer.addEventListener("submit", (event) => {
    if (uploads) {
      event.preventDefault();
      const button = event.submitter;
      uploads.then((arrived) => arrived && composer.requestSubmit(button));
      return;
    }
    // Two clicks are one message.
    if (composer.dataset.sent !== undefined) event.preventDefault();
    composer.dataset.sent = "";
    clearTimeout(waiting);
  });
  addEventListener("pageshow", () => delete composer.dataset.sent); // the way back leads to a fresh form
}

// ── Suggestions ──────────────────────────────────────────────
// Under a field that asks for somebody: arrows choose, Enter or Tab takes, Escape leaves. Typed by hand it means the same.
// `begun` finds what is typed of it before the cursor, `load` brings the rows ({ label, value }), `end` follows what is taken.
function offer(field, { begun, load, end }) {
  const list = document.createElement("ul");
  list.className = "mentions";
  list.id = `${field.id}-mentions`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.labels[0]?.textContent.trim() ?? "");
  list.hidden = true;
  field.after(list);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  let shown = [];
  let at = 0;

  const typed = () => begun.exec(field.value.slice(0, field.selectionStart))?.[1];

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
    const known = await load().catch(() => []);
    const word = part.toLocaleLowerCase();
    const begins = ({ label }) => label.toLocaleLowerCase().split(/[\s<]+/).some((each, index, all) => all.slice(index).join(" ").startsWith(word));
    const fitting = known.filter(begins);
    if (typed() !== part || !fitting.length || fitting.some(({ value }) => value.toLocaleLowerCase() === word)) return close();
    shown = fitting.slice(0, 8);
    list.replaceChildren(
      ...shown.map(({ label }, index) => {
        const row = document.createElement("li");
        row.id = `${list.id}-${index}`;
        row.setAttribute("role", "option");
        row.textContent = label;
        row.addEventListener("mousedown", (event) => {
          event.preventDefault();
          take(index);
        });
        return row;
      }),
    );
    list.hidden = false;
    mark(0);
  }

  function take(index) {
    const place = field.selectionStart;
    field.setRangeText(shown[index].value + end, place - typed().length, place, "end");
    close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  field.addEventListener("input", show);
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if (event.key === "Enter" || event.key === "Tab") take(at);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
}

// Asks once, when it is needed first.
function once(load) {
  let answer;
  return () =>
    (answer ??= load().catch((error) => {
      answer = undefined; // it may be asked again
      throw error;
    }));
}

// @ in a note offers colleagues.
for (const form of document.querySelectorAll("[data-mentions]")) {
  offer(form.querySelector("textarea"), {
    begun: /(?:^|\s)@([^@\n]{0,40})$/u,
    load: once(async () => (await ask(form.dataset.mentions)).names.map((name) => ({ label: name, value: name }))),
    end: " ",
  });
}

// The fields for addresses offer those of the person and of colleagues.
if (composer) {
  for (const name of ["to", "cc", "bcc"]) {
    offer(composer.elements[name], { begun: /(?:^|[,;])\s*([^,;]{1,60})$/u, load: async () => (await offers()).addresses, end: "" });
  }
}
