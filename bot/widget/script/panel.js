// The launcher and the panel with the conversation.

const TOUCH = "(pointer: coarse)"; // a keyboard on the screen would cover what the chatbot says first
const FULL = "(max-width: 40em), (max-height: 30em)"; // the panel fills such a screen; widget.css has the same
const MARGIN = 12; // px above a message that is scrolled to
const TYPING_SHOWN = 5000; // ms that "is typing" stays without another sign
const TOLD = 6000; // ms that the answer to a press of a button stays
const NEAR = 80; // px from the end of the log within which a reader follows new messages

class Panel {
  /**
   * `on` has opened(), closed(), choose(button), resend(entry), edit(entry), rate(score), restartNow(), retry()
   * and what Head asks for.
   */
  constructor(root, words, composer, memory, on) {
    this.words = words;
    this.composer = composer;
    this.on = on;
    this.labels = new Labels(words);
    this.told = {}; // what the status region has to tell, of the connection and of what is typed
    const announce = (key) => this.announce(key);
    this.messages = new Messages(words, { ...on, announce, refocus: () => composer.focus() });
    this.ending = new Ending(words, memory, { rate: on.rate, announce });
    this.head = new Head(words, this.labels, { ...on, close: () => this.close() });
    const live = { role: "log", "aria-live": "polite", "aria-relevant": "additions" };
    this.log = this.labels.put(h("div", { class: "log", ...live }), "log", "aria-label");
    const { intro } = this.head;
    this.dots = h("div", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    const parts = [intro, this.log, this.dots, this.ending.node];
    this.scroll = h("div", { class: "scroll", role: "group", tabindex: "0" }, parts);
    this.labels.put(this.scroll, "scroll", "aria-label");
    this.scroll.addEventListener("scroll", () => this.#scrolled());
    this.status = h("p", { class: "status", role: "status" });
    this.retry = this.labels.button("retry", "plain retry", () => on.retry());
    this.jump = this.labels.button("readOn", "jump", () => this.#toEnd(), ICONS.down);
    this.launcher = this.labels.button("title", "primary launcher", () => this.open(), ICONS.chat);
    this.badge = h("span", { class: "badge" });
    this.launcher.append(this.badge);
    this.dialog = h(
      "dialog",
      { class: "panel", "aria-labelledby": "title", tabindex: "-1" },
      [this.head.bar, this.head.tools, this.head.progress],
      h("div", { class: "middle" }, this.scroll, this.jump),
      h("div", { class: "below" }, this.status, this.retry),
      composer.node,
    );
    this.confirm = this.#confirmation();
    this.retry.hidden = this.jump.hidden = this.dots.hidden = true;
    this.#keys();
    this.#keepEnd();
    root.append(this.launcher, this.dialog, this.confirm);
  }

  get isOpen() {
    return this.dialog.open;
  }

  /** Show the panel. By hand the focus goes to the field; after a reload (`quietly`) it stays where it is. */
  open({ quietly = false, from = this.launcher } = {}) {
    if (this.isOpen) return this.composer.focus();
    this.opener = from;
    this.#show(quietly);
    this.launcher.hidden = true;
    if (!quietly) (window.matchMedia(TOUCH).matches ? this.dialog : this.composer).focus();
    this.#toNewest();
    this.on.opened();
  }

  /** Hide the panel; the focus goes back to where it was opened. */
  close() {
    if (!this.isOpen) return;
    this.#hide();
    this.launcher.hidden = false;
    (this.opener?.isConnected && this.opener.checkVisibility?.() !== false
      ? this.opener
      : this.launcher
    ).focus();
    this.on.closed();
  }

  /** Put an entry in its place in the log, or bring it up to date there. */
  show(thread, entry, isNew) {
    const atEnd = this.#atEnd;
    const node = this.messages.node(entry);
    const next = thread.entries[thread.entries.indexOf(entry) + 1];
    const before = next ? this.messages.node(next) : null;
    // Moving a node makes a screen reader say it again, so only when it stands wrong.
    if (node.parentNode !== this.log || node.nextSibling !== before) this.log.insertBefore(node, before);
    this.messages.retireButtons(thread);
    this.#renewEnding(thread);
    if (isNew && (atEnd || entry.sender === "resident")) this.#follow(thread);
    else if (isNew) this.jump.hidden = !this.isOpen;
    else if (atEnd) this.#toEnd();
  }

  remove(entry, thread) {
    this.messages.remove(entry);
    this.messages.retireButtons(thread);
  }

  #renewEnding(thread) {
    this.ending.renew(thread, Boolean(this.head.far ?? this.head.who));
  }

  clear() {
    this.messages.clear();
    this.log.replaceChildren();
    this.jump.hidden = true;
  }

  /** Messages of before are not news: they come into the log without being read aloud. */
  replay(yes) {
    if (yes) this.log.setAttribute("aria-live", "off");
    else setTimeout(() => this.log.setAttribute("aria-live", "polite"), 300);
  }

  wait(yes) {
    this.log.setAttribute("aria-busy", String(yes));
    this.waiting = yes;
    this.#renewStatus();
  }

  /** Something about the connection; the empty kind takes it away. A failure passes, being offline stays told. */
  tell(kind, text) {
    if (kind === "failed") return this.announce(kind);
    if (!kind && this.told.hint?.kind === "failed") this.told.hint = null;
    this.told.connection = kind && { kind, text };
    this.#renewStatus();
  }

  /** Who speaks: the chatbot, or a member of staff by name and role. */
  speaker(who) {
    this.dialog.dataset.speaker = who.wie;
    this.staffTypes("");
    this.head.speaker(who.wie === "medewerker" ? who : null);
  }

  /** How far the plan is; at its end the ending is shown. */
  advance(far, thread) {
    const atEnd = this.#atEnd;
    this.head.advance(far);
    this.#renewEnding(thread);
    if (atEnd) this.#follow(thread);
  }

  /** What the press of a button has done, said by the status region. */
  announce(key) {
    clearTimeout(this.toldEnds);
    this.hint(key);
    this.toldEnds = setTimeout(() => this.told.hint?.kind === key && this.hint(""), TOLD);
  }

  /** A member of staff is typing; without another sign that is over after a few seconds. */
  staffTypes(name) {
    clearTimeout(this.typingEnds);
    this.told.typing = name && { kind: "staffTyping", values: { name } };
    if (name) this.typingEnds = setTimeout(() => this.staffTypes(""), TYPING_SHOWN);
    this.#renewStatus();
  }

  /** Something about what is typed; the empty kind takes it away. */
  hint(kind) {
    if (this.told.hint?.kind === kind) return;
    this.told.hint = kind && { kind };
    this.#renewStatus();
  }

  unread(count) {
    this.badge.textContent = count ? this.words.say(this.language, "unread", { count }) : "";
  }

  relabel(language) {
    this.language = language;
    for (const part of [this.labels, this.head, this.ending, this.composer]) part.relabel(language);
    this.#renewStatus();
  }

  #renewStatus() {
    const { hint, connection, typing } = this.told;
    const told = hint || connection || typing || { kind: this.waiting ? "typing" : "" };
    const kind = told.kind;
    const text = told.text || (kind && this.words.say(this.language, kind, told.values));
    // The same words again would be read aloud again.
    if (this.status.textContent === text) return;
    const atEnd = this.#atEnd;
    this.dots.hidden = kind !== "typing" && kind !== "staffTyping";
    this.status.dataset.kind = kind;
    this.status.textContent = text;
    this.retry.hidden = kind !== "refused";
    if (atEnd) this.#toEnd();
  }

  #confirmation() {
    const yes = this.labels.button("restartYes", "primary", () => (this.confirm.close(), this.on.restartNow()));
    const no = this.labels.button("restartNo", "", () => this.confirm.close());
    const title = this.labels.put(h("h2", { id: "again" }), "restartAsk");
    const why = this.labels.put(h("p", {}), "restartWhy");
    const actions = h("div", { class: "actions" }, yes, no);
    return h("dialog", { class: "confirm", "aria-labelledby": "again" }, title, why, actions);
  }

  #keys() {
    this.dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      this.close();
    });
    // A modal dialog (full screen) closes itself by other ways too, such as "back" on a phone.
    this.dialog.addEventListener("cancel", (event) => (event.preventDefault(), this.close()));
    window.matchMedia(FULL).addEventListener("change", () => this.#reshape());
  }

  /** Full screen is modal, so that Tab stays in it; beside a page it is not, so that the page stays of use. */
  #show(quietly) {
    const full = window.matchMedia(FULL).matches;
    if (full) this.dialog.showModal();
    else if (quietly) this.dialog.setAttribute("open", "");
    else this.dialog.show();
    // The page behind a full screen must not have a scroll bar of its own.
    document.documentElement.style.overflow = full ? "hidden" : "";
  }

  #hide() {
    this.dialog.close();
    document.documentElement.style.overflow = "";
  }

  /** The screen was turned or zoomed: the other shape, with the focus where it was. */
  #reshape() {
    if (!this.isOpen) return;
    const focused = this.dialog.getRootNode().activeElement;
    this.#hide();
    this.#show(true);
    focused?.focus();
  }

  /** In a very low window the whole panel scrolls, so that there is one scroll bar. */
  get #scroller() {
    return getComputedStyle(this.scroll).overflowY === "auto" ? this.scroll : this.dialog;
  }

  get #atEnd() {
    const box = this.#scroller;
    return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  }

  #scrolled() {
    // While the panel changes its size a position says nothing about what people read.
    if (this.scroll.clientHeight === this.height) this.atEnd = this.#atEnd;
    if (this.#atEnd) this.jump.hidden = true;
  }

  /** A keyboard on the screen, or a window made smaller: who read the end still sees it. */
  #keepEnd() {
    const resized = () => {
      this.height = this.scroll.clientHeight;
      if (this.atEnd) this.#toNewest();
    };
    new ResizeObserver(resized).observe(this.scroll);
  }

  #toEnd() {
    this.jump.hidden = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** Who has said nothing yet reads from the top, what this is; later the end is what counts. */
  #toNewest() {
    this.#toEnd();
    if (!this.log.querySelector(".from-resident")) this.#scroller.scrollTop = 0;
  }

  /** Keep up with the answers; when they are higher than the log, their beginning stays in sight. */
  #follow(thread) {
    this.#toNewest();
    const said = thread.entries.findLastIndex((entry) => entry.sender === "resident");
    if (said < 0) return;
    const first = thread.entries[said + 1];
    if (!first) return;
    const above =
      this.#scroller.getBoundingClientRect().top - this.messages.node(first).getBoundingClientRect().top;
    if (above <= 0) return;
    this.#scroller.scrollTop -= above + MARGIN;
    this.jump.hidden = false;
  }
}
