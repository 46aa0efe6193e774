// Makes the page of a case a little better where scripts run; everything works without.
"use strict";

// Who else has the case open: asked twice a minute, which also tells that this page is open.
const here = document.querySelector("[data-here]");

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(here.dataset.here, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) return;
    const { anderen: others } = await answer.json();
    const words = others.length === 1 ? here.dataset.one : here.dataset.many;
    const text = others.length ? words.replace("{names}", others.join(", ")) : "";
    if (here.textContent !== text) here.textContent = text;
    here.hidden = !others.length;
  } catch {
    // No connection for a moment: the next time will do.
  }
}

if (here) setInterval(look, 25_000);

// A standard text goes into the message at once.
document.querySelector("[data-insert]")?.addEventListener("click", (event) => {
  const choice = document.querySelector("[data-canned]").selectedOptions[0];
  const field = document.querySelector("#bericht-tekst");
  event.preventDefault();
  if (!choice?.dataset.text) return;
  field.value = [field.value.trim(), choice.dataset.text].filter(Boolean).join("\n\n");
  field.focus();
});

// A link to a form opens it.
function reveal() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
}
addEventListener("hashchange", reveal);
reveal();
