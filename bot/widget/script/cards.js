// Cards: what a message says, in a form that is easier to read. An unknown kind of card is not shown.

const PLAN_LENGTH = 280; // characters of the plan on the summary: the whole text stands in the conversation

/** The first sentence of a text. */
function firstSentence(text) {
  return text.match(/^[\s\S]*?[.!?](?=\s|$)/)?.[0] ?? text;
}

/** A date such as 2026-12-01 as people say it. */
function longDate(date, language) {
  const day = new Date(`${date}T12:00:00`);
  if (Number.isNaN(day.getTime())) return date;
  return new Intl.DateTimeFormat(language, {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
  }).format(day);
}

/**
 * Draws cards in the words of a language. `tools` maps ids of instruments to names, learned from earlier cards;
 * `on` has announce(key), which tells what a button of a card has done, and page(name, language).
 */
class Cards {
  constructor(words, tools, on) {
    this.words = words;
    this.tools = tools;
    this.on = on;
    this.kinds = { samenvatting: this.summary, zaak: this.case, dienst: this.service, nood: this.emergency };
  }

  /** `{lead, node}`: the words to keep above the card and the card; null when the text alone must do. */
  draw(card, text, language) {
    const kind = card && Object.hasOwn(this.kinds, card.soort) && this.kinds[card.soort];
    if (!kind) return null;
    this.say = (key, values) => this.words.say(language, key, values);
    this.language = language;
    return kind.call(this, card, text);
  }

  summary(card, text) {
    const plan = card.plan?.length > PLAN_LENGTH ? `${card.plan.slice(0, PLAN_LENGTH).trimEnd()}…` : card.plan;
    const facts = [
      ["cardPlan", plan],
      ["cardWhere", card.wijk],
      ["cardWho", card.betrokkenen],
      ["cardHelp", card.hulp],
      ["cardPhase", card.fase],
    ].map(([key, value]) => [this.say(key), value || this.say("unknown")]);
    const node = this.#card("summary", this.say("cardSummary"), [
      this.#facts(facts),
      this.#goals(card.doelen ?? []),
      card.rol && this.#role(card.rol),
      this.#instruments(card.instrumenten ?? []),
    ]);
    return { lead: firstSentence(text), node };
  }

  case(card, text) {
    const goals = (card.doelen ?? []).map((nummer) => ({
      nummer,
      naam: this.words.goal(this.language, nummer),
    }));
    const owner = card.rolNaam ? `${card.eigenaar} (${card.rolNaam})` : card.eigenaar;
    const facts = [
      ["cardOwner", owner],
      ["cardBefore", card.antwoordVoor && longDate(card.antwoordVoor, this.language)],
    ].filter(([, value]) => value);
    const names = (card.instrumenten ?? []).map((id) => this.tools.get(id)).filter(Boolean);
    const node = this.#card("case", this.say("cardCase"), [
      h("div", { class: "ticket" }, [
        this.#large("cardNumber", card.kenmerk),
        card.code && this.#large("cardCode", card.code),
        this.#copy(card),
      ]),
      this.#facts(facts.map(([key, value]) => [this.say(key), value])),
      card.code && h("p", {}, this.say("cardKeep")),
      card.code && h("p", { class: "actions" }, this.#follow()),
      this.#goals(goals),
      names.length && this.#section("cardTools", h("p", {}, names.join(", "))),
    ]);
    return { lead: firstSentence(text), node };
  }

  service(card) {
    if (!card.antwoord) return null;
    return {
      node: this.#card("service", card.naam, [
        h("p", {}, withLinks(card.antwoord)),
        card.open && this.#facts([[this.say("cardOpen"), card.open]]),
        h("p", { class: "actions" }, [
          card.telefoon && phoneLink(card.telefoon, this.say("call", { number: card.telefoon })),
          /^https:/.test(card.url ?? "") &&
            h("a", { href: card.url }, this.say("page", { service: card.naam })),
        ]),
      ]),
    };
  }

  emergency(card) {
    if (!card.antwoord) return null;
    const call = card.telefoon && phoneLink(card.telefoon, this.say("callNow", { number: card.telefoon }));
    const parts = [h("p", {}, withLinks(card.antwoord)), call && h("p", { class: "actions" }, call)];
    return { node: this.#card("emergency", card.naam, parts) };
  }

  #card(kind, title, parts) {
    return h("div", { class: `card card-${kind}` }, h("h3", {}, title), parts);
  }

  #section(key, ...parts) {
    return [h("h4", {}, this.say(key)), ...parts];
  }

  #follow() {
    return h("a", { href: this.on.page("case", this.language) }, this.say("cardFollow"));
  }

  #large(key, value) {
    return h("p", {}, h("span", { class: "label" }, this.say(key)), " ", h("strong", {}, value));
  }

  #facts(rows) {
    return h(
      "dl",
      {},
      rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
    );
  }

  #why(evidence) {
    return evidence && h("span", { class: "why" }, this.say("because", { words: evidence }));
  }

  #goals(goals) {
    if (!goals.length) return null;
    const items = goals.map(({ nummer, naam, bewijs }) =>
      h(
        "li",
        { "data-goal": nummer },
        h("span", { class: "number" }, nummer),
        h("span", {}, naam, this.#why(bewijs)),
      ),
    );
    return this.#section("cardGoals", h("ul", { class: "goals" }, items));
  }

  #role({ naam, doet, bewijs }) {
    return this.#section("cardRole", h("p", {}, h("strong", {}, naam), doet && ` ${doet}`, this.#why(bewijs)));
  }

  #instruments(instruments) {
    if (!instruments.length) return null;
    for (const { id, naam } of instruments) this.tools.set(id, naam);
    const items = instruments.map(({ naam, aanbod }) =>
      h("li", {}, h("strong", {}, naam), aanbod && ` ${aanbod}`),
    );
    return this.#section("cardTools", h("ul", { class: "tools" }, items));
  }

  /** Only where the browser lets a page copy: on https and on one's own machine. */
  #copy({ kenmerk, code }) {
    if (!navigator.clipboard) return null;
    const onclick = () =>
      navigator.clipboard.writeText(code ? `${kenmerk} ${code}` : kenmerk).then(
        () => this.on.announce("copied"),
        () => this.on.announce("copyFailed"),
      );
    const copy = h("button", { type: "button", class: "plain", onclick }, icon(ICONS.copy), this.say("copy"));
    return h("div", { class: "actions" }, copy);
  }
}
