// As long as a page of the desk is open, its owner counts as present.
"use strict";

const LIFE = 20_000; // ms between two signs of life

async function signOfLife() {
  try {
    await fetch("/desk/aanwezigheid/teken", { headers: { Accept: "application/json" }, redirect: "manual" });
  } catch {
    // No connection for a moment: the next sign will do.
  }
}

signOfLife();
setInterval(signOfLife, LIFE);
