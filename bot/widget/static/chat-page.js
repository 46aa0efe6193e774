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
  // The button that opens the chat is shown by the chat when it can be opened.
  const open = () => {
    const button = document.querySelector("[data-loket-open]");
    if (!button) return;
    if (!button.hidden) return button.click();
    new MutationObserver((_, observer) => {
      if (button.hidden) return;
      observer.disconnect();
      button.click();
    }).observe(button, { attributes: true, attributeFilter: ["hidden"] });
  };
  document.addEventListener("DOMContentLoaded", open);
})();
