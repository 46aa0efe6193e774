// The page of the chat: where scripts work, the chat itself takes the place of the forms. Where it cannot be
// loaded the forms stay, so that nobody stands before an empty page.
(() => {
  "use strict";
  const root = document.documentElement;
  if (!("customElements" in window)) return;
  root.classList.add("scripted");
  const failed = (event) => {
    if (event.target instanceof HTMLScriptElement) root.classList.remove("scripted");
  };
  window.addEventListener("error", failed, true);
  // The chat opens as after a reload of a page on which it was open: at once, and without taking the focus.
  try {
    sessionStorage.setItem(`loket ${new URL("/", location.href).href} open`, "true");
  } catch {
    // Storage that is full or forbidden: then the button of the chat opens it.
  }
})();
