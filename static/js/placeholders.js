// Buttons with [data-insert] put their placeholder where the cursor was last, in the subject or the text.

const fields = document.querySelectorAll("#id_subject, #id_body, #id_text");
let last = fields[1];

for (const field of fields) field.addEventListener("focus", () => (last = field));
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  last.setRangeText(button.dataset.insert, last.selectionStart, last.selectionEnd, "end");
  last.focus();
});
