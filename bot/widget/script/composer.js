// The field to type in: Enter sends, Shift+Enter makes a new line, a counter appears near the limit.

const COUNT_FROM = 500; // characters left at which the counter appears

class Composer {
  /** `on` has say(text), types() and hint(key): an empty or too long message is not sent, the reason is told. */
  constructor(words, limit, memory, on) {
    this.words = words;
    this.limit = limit;
    this.memory = memory;
    this.on = on;
    this.label = h("label", { for: "text" });
    this.count = h("p", { id: "count", class: "count" });
    this.text = h("textarea", {
      id: "text",
      rows: "2",
      autocomplete: "off",
      enterkeyhint: "send",
      "aria-describedby": "hint count",
      oninput: () => (this.#typed(), this.on.types()),
      onkeydown: (event) => this.#key(event),
    });
    this.hint = h("p", { id: "hint", class: "hint" });
    this.button = h("button", { type: "submit", class: "primary send" }, icon(ICONS.send), h("span", {}));
    const onsubmit = (event) => (event.preventDefault(), this.#submit());
    const row = h("div", { class: "row" }, this.text, this.button);
    this.node = h("form", { class: "composer", onsubmit }, this.label, row, this.count, this.hint);
    this.text.value = memory.own.get("draft") ?? "";
  }

  relabel(language) {
    this.language = language;
    this.label.textContent = this.words.say(language, "yourMessage");
    this.hint.textContent = this.words.say(language, "hint");
    this.button.lastChild.textContent = this.words.say(language, "send");
    this.#recount();
  }

  focus() {
    this.text.focus();
  }

  /** Put words back in the field, before what stands there. */
  restore(text) {
    this.text.value = [text, this.text.value].filter(Boolean).join("\n");
    this.#typed();
  }

  /** Characters as the server counts them: one for each code point, however it is stored. */
  get #left() {
    return this.limit - [...this.text.value.trim()].length;
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const text = this.text.value.trim();
    if (!text) return this.on.hint("empty");
    if (this.#left < 0) return this.on.hint("tooLong");
    this.text.value = "";
    this.#typed();
    this.on.say(text);
  }

  #typed() {
    this.memory.own.set("draft", this.text.value || null);
    this.on.hint("");
    this.#recount();
  }

  #recount() {
    const left = this.#left;
    const key = left < 0 ? "charactersOver" : "charactersLeft";
    this.count.textContent =
      left < COUNT_FROM ? this.words.say(this.language, key, { count: Math.abs(left) }) : "";
    this.text.setAttribute("aria-invalid", left < 0 ? "true" : "false");
  }
}
