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
