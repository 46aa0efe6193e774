// One message as people see it: who says it, what, when, and what can be chosen.

/** A member of staff as people see them: the name, with the role where there is one. */
function authorOf({ naam, rolNaam }) {
  return [naam, rolNaam].filter(Boolean).join(", ");
}

/** When something was said: the hour, with the day in front where that is not today. */
function shortMoment(time, language) {
  const moment = new Date(time);
  const day = moment.toDateString() === new Date().toDateString() ? {} : { day: "numeric", month: "short" };
  const options = { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(language, options).format(moment);
}

/** Makes and renews the node of an entry of the thread; `on` has choose(button), resend(entry), edit(entry), announce(key), page(name, language), refocus(). */
class Messages {
  constructor(words, on) {
    this.words = words;
    this.on = on;
    this.cards = new Cards(words, new Map(), on);
    this.nodes = new Map();
  }

  clear() {
    this.nodes.clear();
  }

  /** The node of an entry, made at the first call and brought up to date at the next ones. */
  node(entry) {
    let parts = this.nodes.get(entry);
    if (!parts) this.nodes.set(entry, (parts = this.#make(entry)));
    if (parts.text !== entry.text) parts.body.replaceChildren(...this.#content(entry));
    parts.text = entry.text;
    const state = `${entry.state} ${entry.time ?? ""}`;
    if (parts.state !== state) this.#renewFoot(parts, entry);
    parts.state = state;
    return parts.node;
  }

  /** Who says it: "Chatbot", or "Medewerker: " with name and role. */
  sender({ sender, author, language }) {
    const kind = this.words.say(language, sender);
    return author ? `${kind}: ${authorOf(author)}` : kind;
  }

  /** What a message says as plain text, its card included. */
  plain(entry) {
    return plainText(this.node(entry).querySelector(".body"));
  }

  remove(entry) {
    this.nodes.get(entry)?.node.remove();
    this.nodes.delete(entry);
  }

  /** Buttons count until the resident has answered; after that they only show what was chosen. */
  retireButtons(thread) {
    for (const [entry, { buttons }] of this.nodes) {
      const reply = buttons.length ? thread.replyTo(entry) : null;
      for (const button of buttons) {
        // Not `disabled`: the button that was just pressed keeps the focus, and its place in the order of Tab.
        button.setAttribute("aria-disabled", reply ? "true" : "false");
        button.tabIndex = reply ? -1 : 0;
        button.classList.toggle("chosen", reply?.text === button.textContent);
      }
    }
  }

  #make(entry) {
    const say = (key) => this.words.say(entry.language, key);
    const body = h("div", { class: "body" });
    // The time and "sending" change without being read aloud; a failure is told by the status region.
    const foot = h("div", { class: "foot", "aria-live": "off" });
    const buttons = entry.buttons.map((button) => this.#button(button));
    const choices =
      buttons.length > 0 &&
      h("div", { class: "choices", role: "group", "aria-label": say("choices") }, buttons);
    const node = h(
      "div",
      { class: `message from-${entry.sender}`, lang: entry.language },
      h("p", { class: "sender" }, this.sender(entry)),
      body,
      foot,
      choices,
    );
    return { node, body, foot, buttons };
  }

  #button(button) {
    const onclick = ({ currentTarget }) => {
      if (currentTarget.getAttribute("aria-disabled") !== "true") this.on.choose(button);
    };
    return h("button", { type: "button", class: "choice", onclick }, button.titel);
  }

  #content(entry) {
    const drawn = this.cards.draw(entry.card, entry.text, entry.language);
    const text = drawn ? drawn.lead : entry.text;
    const words = entry.sender === "resident" ? text : withLinks(text ?? "");
    const lang = entry.tongue && entry.tongue !== entry.language && entry.tongue;
    return [text && h("p", { class: "bubble", lang, dir: "auto" }, words), drawn?.node].filter(Boolean);
  }

  #renewFoot({ node, foot }, entry) {
    const focused = foot.matches(":focus-within");
    node.dataset.state = entry.state;
    foot.replaceChildren(...(entry.state === "failed" ? this.#failure(entry) : [this.#time(entry)]));
    if (focused) this.on.refocus();
  }

  #time({ state, time, language }) {
    const say = (key) => this.words.say(language, key);
    if (state === "sending") return say("sending");
    if (!time) return "";
    return h("time", { datetime: time }, shortMoment(time, language));
  }

  #failure(entry) {
    const say = (key) => this.words.say(entry.language, key);
    return [
      h("p", { class: "failure" }, [say("notSent"), entry.why].filter(Boolean).join(" ")),
      h("button", { type: "button", class: "plain", onclick: () => this.on.resend(entry) }, say("resend")),
      !entry.choice &&
        h("button", { type: "button", class: "plain", onclick: () => this.on.edit(entry) }, say("edit")),
    ].filter(Boolean);
  }
}
