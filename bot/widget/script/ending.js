// When a plan is handed over: how did it go, and a copy to keep.

const SCORES = [1, 2, 3, 4, 5];

class Ending {
  /** `on` has rate(score), a promise of the figure that is kept, and announce(key). */
  constructor(words, memory, on) {
    this.words = words;
    this.memory = memory;
    this.on = on;
    this.legend = h("legend", {});
    this.buttons = SCORES.map((score) =>
      h("button", { type: "button", class: "plain", onclick: () => this.#give(score) }),
    );
    const row = h("div", { class: "choices" }, this.buttons);
    this.node = h("fieldset", { class: "ending", hidden: true }, this.legend, row);
  }

  relabel(language) {
    this.language = language;
    this.legend.textContent = this.words.say(language, "rate");
    const names = this.words.say(language, "scores");
    this.buttons.forEach((button, index) => (button.textContent = names[index]));
  }

  /** Shown once there is a case, as long as nothing else is asked. */
  renew(thread, busy) {
    const card = thread.entries.findLast((entry) => entry.card?.soort === "zaak")?.card;
    this.reference = card?.kenmerk;
    this.node.hidden = !card || busy;
    this.#mark(this.memory.rated[this.reference] ?? null);
  }

  async #give(score) {
    const { reference } = this;
    if (this.memory.rated[reference]) return;
    try {
      this.memory.rate(reference, await this.on.rate(score));
      this.on.announce("rated");
    } catch {
      this.on.announce("rateFailed");
    }
    this.#mark(this.memory.rated[this.reference] ?? null);
  }

  /** Not `disabled`: the button that was pressed keeps the focus. */
  #mark(given) {
    this.buttons.forEach((button, index) => {
      button.setAttribute("aria-pressed", String(given === SCORES[index]));
      button.setAttribute("aria-disabled", String(given !== null));
    });
  }
}
