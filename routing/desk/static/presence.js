// As long as a page of the desk is open, its owner counts as present, and sees in the title how much is new.
"use strict";

const LIFE = 20_000; // ms between two signs of life
const TITLE = document.title;

async function signOfLife() {
  try {
    const answer = await fetch("/desk/aanwezigheid/teken", { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) return;
    const { nieuw } = await answer.json();
    document.title = nieuw ? `(${nieuw}) ${TITLE}` : TITLE;
  } catch {
    // No connection for a moment: the next sign will do.
  }
}

signOfLife();
setInterval(signOfLife, LIFE);
