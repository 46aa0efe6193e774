// Around the conversation: who this is, what can always be done, who is there, and how far the plan is.

/** Day of the week and hour of a moment such as 2026-11-25T09:00:00+01:00, on the clock that it stands in. */
function dayAndHour(moment, language) {
  const options = { weekday: "long", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(language, options).format(new Date(moment.slice(0, 19)));
}

class Head {
  /** `on` has close(), human(), save(), restart(), switchLanguage() and page(name, language). */
  constructor(words, labels, on) {
    this.words = words;
    this.labels = labels;
    this.on = on;
    this.bar = this.#bar();
    this.human = labels.button("human", "plain human", () => on.human(), ICONS.person);
    const save = labels.button("save", "plain", () => on.save(), ICONS.save);
    const again = labels.button("restart", "plain", () => on.restart(), ICONS.again);
    this.tools = h("div", { class: "tools" }, this.human, save, again);
    this.step = h("p", {});
    this.track = h("span", { class: "track", "aria-hidden": "true" });
    this.progress = h("div", { class: "progress", hidden: true }, this.step, this.track);
    this.intro = this.#intro();
  }

  relabel(language) {
    this.language = language;
    this.other.lang = language === "nl" ? "en" : "nl";
    this.privacy.href = this.on.page("privacy", language);
    this.speaker(this.who);
    this.advance(this.far);
    this.meet(this.there);
  }

  /** The truth about who is on the other side: a member of staff, or (null) the chatbot. */
  speaker(who) {
    this.who = who;
    const name = who && authorOf(who);
    this.subtitle.textContent = this.words.say(this.language, who ? "subtitleStaff" : "subtitle", { name });
    this.about.textContent = this.words.say(this.language, who ? "noteStaff" : "note", { name: who?.naam });
    this.human.hidden = Boolean(who);
  }

  /** How far the plan is, as the server counts it; null hides it. */
  advance(far) {
    this.far = far ?? null;
    this.progress.hidden = !this.far;
    if (!this.far) return;
    const { klaar: done, van: of, nu: now } = this.far;
    const part = this.words.say(this.language, "parts")[now];
    const asking = now !== "controle" && now !== "contact";
    const step = Math.min(done + 1, of);
    this.step.textContent = asking ? this.words.say(this.language, "step", { step, of, part }) : part;
    const reached = (index) => (index < done ? "done" : asking && index === step - 1 ? "now" : "");
    this.track.replaceChildren(...Array.from({ length: of }, (_, index) => h("i", { class: reached(index) })));
  }

  /** Who can be reached now; null as long as that is not known. */
  meet(there) {
    this.there = there ?? null;
    const { phone } = this.words.always;
    const [before, after] = this.words.say(this.language, "call", { number: "\n" }).split("\n");
    this.reach.replaceChildren(
      this.there ? `${this.#reached(this.there)} ` : "",
      before,
      phoneLink(phone),
      `${after}.`,
    );
    this.hours.textContent = this.there?.openingstijden ?? "";
  }

  #reached({ wie, aantal, rollen, opentWeer, feestdag }) {
    const values = {
      count: aantal,
      roles: rollen.join(", "),
      holiday: feestdag,
      opens: opentWeer && dayAndHour(opentWeer, this.language),
    };
    const key = wie === "aanwezig" && aantal === 1 ? "een" : wie;
    return this.words.fill(this.words.say(this.language, "there")[key], values);
  }

  #bar() {
    this.other = this.labels.button("otherLanguage", "onbar", () => this.on.switchLanguage());
    const close = h("button", { type: "button", class: "onbar", onclick: () => this.on.close() }, icon(ICONS.close));
    this.labels.put(close, "close", "aria-label");
    const title = this.labels.put(h("h2", { id: "title" }), "title");
    const logo = h("slot", { name: "logo" }, icon(ICONS.chat));
    this.subtitle = h("p", {});
    // Not a <header>: the page has its own.
    return h("div", { class: "head" }, logo, h("div", {}, title, this.subtitle), this.other, close);
  }

  #intro() {
    this.privacy = this.labels.put(h("a", {}), "privacy");
    this.about = h("span", {});
    this.reach = h("p", { class: "reach" });
    this.hours = h("p", { class: "hours" });
    return h("div", { class: "intro" }, h("p", {}, this.about, " ", this.privacy), this.reach, this.hours);
  }
}
