// One conversation with the server: opens or resumes it, sends in order, listens, and recovers by itself.

const TYPING = 3000; // ms between two signs that the resident is typing

/**
 * Tells `listener` what to show: shown(entry, isNew), removed(entry), cleared(), waiting(yes),
 * status(kind, text), replaying(yes), speaks(who), progress(far), typing(who) and lost(texts) when a remembered
 * conversation no longer exists.
 */
class Conversation {
  constructor(api, memory, listener, language) {
    this.api = api;
    this.memory = memory;
    this.listener = listener;
    this.current = memory.conversation;
    this.language = this.current?.language ?? language;
    this.thread = new Thread();
    this.stream = new Stream(api, {
      message: (message) => this.#take(message),
      speaks: (who) => this.#spokenBy(who),
      progress: (far) => listener.progress(far),
      typing: (who) => listener.typing(who),
      up: () => this.#connected(),
      down: () => listener.status("offline"),
      gone: () => this.#startOver(),
    });
    this.round = 0; // counts conversations: what comes in for an earlier one is dropped
    document.addEventListener("visibilitychange", () => this.#listen());
    window.addEventListener("online", () => this.#listen(true));
    window.addEventListener("offline", () => this.#cutOff());
    window.addEventListener("storage", (event) => event.key === memory.key && this.#follow());
  }

  /** Resume the remembered conversation, or start one. Safe to call again at any time. */
  open() {
    this.opening ??= this.#open().finally(() => (this.opening = null));
    return this.opening;
  }

  async #open() {
    const round = this.round;
    try {
      if (!this.ready) await (this.current ? this.#resume(round) : this.#begin(round));
    } catch (error) {
      if (round !== this.round || !(error instanceof Refusal)) return;
      if (error.gone) return this.#startOver();
      return this.listener.status("refused", error.message);
    }
    if (round !== this.round) return;
    this.#listen();
    this.#pump();
  }

  async #begin(round) {
    const made = await this.#patiently(() => this.api.start(this.language), round);
    if (round !== this.round) return;
    this.current = { id: made.id, token: made.token, language: this.language };
    this.memory.read = 0;
    this.memory.conversation = this.current;
    this.ready = true;
    this.#takeAll(made.berichten);
    this.#recallUnsent();
  }

  async #resume(round) {
    const { berichten, voortgang } = await this.#patiently(() => this.api.since(this.current, 0), round);
    if (round !== this.round) return;
    this.ready = true;
    this.listener.replaying(true);
    this.#takeAll(berichten);
    this.listener.progress(voortgang);
    this.#recallUnsent();
    this.listener.replaying(false);
  }

  /** Try until it works, as long as a refusal passes by itself; other refusals go to the caller. */
  async #patiently(request, round, passes = (error) => error.passing) {
    for (const delay of waits()) {
      try {
        const answer = await request();
        this.listener.status("");
        return answer;
      } catch (error) {
        if (!passes(error) || round !== this.round) throw error;
        this.listener.status(error.status === 503 ? "starting" : "offline");
        await pause(error.retryAfter * 1000 || delay);
      }
    }
  }

  /** The resident is typing: told to whoever reads at the desk, not to the chatbot. */
  types() {
    const now = Date.now();
    if (!this.staff || !this.ready || now - (this.toldTyping ?? 0) < TYPING) return;
    this.toldTyping = now;
    this.api.typing(this.current);
  }

  #spokenBy(who) {
    this.staff = who.wie === "medewerker";
    this.listener.speaks(who);
  }

  /** Send words of the resident. */
  say(text) {
    this.#send({ text });
  }

  /** Send the choice behind a button. */
  choose(button) {
    this.#send({ text: button.titel, choice: button.keuze });
  }

  #send(own) {
    const entry = {
      ...own,
      sender: "resident",
      language: this.language,
      clientId: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`,
      state: "sending",
    };
    this.listener.shown(this.thread.add(entry).entry, true);
    this.#pump();
    if (!this.ready) this.open();
  }

  /** Send a message that failed once more: the same clientId, so that it counts once. */
  resend(entry) {
    entry.state = "sending";
    this.listener.shown(entry, false);
    this.#pump();
  }

  /** Take a message that failed back, to change it. */
  takeBack(entry) {
    this.thread.remove(entry);
    this.#rememberUnsent();
    this.listener.removed(entry);
    return entry.text;
  }

  /** Messages leave one by one, so that they arrive in the order in which they were typed. */
  async #pump() {
    this.#rememberUnsent();
    if (this.pumping || !this.ready) return;
    this.pumping = true;
    const next = () => this.ready && this.thread.unsent.find((entry) => entry.state === "sending");
    try {
      for (let entry; (entry = next());) await this.#deliver(entry, this.round);
    } finally {
      this.pumping = false;
      this.listener.waiting(false);
    }
  }

  async #deliver(entry, round) {
    const to = this.current;
    // While the assistant still starts its messages wait without a word of blame; a dead line is told.
    const starting = (error) => error.status === 503;
    // A person answers in their own time; the dots are the chatbot's.
    this.listener.waiting(!this.staff);
    try {
      const answer = await this.#patiently(() => this.api.send(to, entry), round, starting);
      if (round !== this.round) return;
      this.thread.settle(entry, answer.berichten);
      this.listener.shown(entry, false);
      this.#takeAll(answer.berichten);
      this.listener.progress(answer.voortgang);
    } catch (error) {
      if (round !== this.round) return;
      if (error.gone) return this.#startOver();
      Object.assign(entry, { state: "failed", why: error.message, offline: error.status === 0 });
      this.listener.shown(entry, false);
      this.listener.status("failed");
    }
    this.#rememberUnsent();
  }

  /** How it went, from 1 to 5; the figure that the server keeps. Raises Refusal. */
  async rate(score) {
    return (await this.api.rate(this.current, score)).cijfer;
  }

  /** Leave this conversation and begin a new one. */
  restart(language = this.language) {
    this.language = language;
    this.#forget();
    this.memory.conversation = null;
    this.current = null;
    return this.opening ? this.opening.then(() => this.open()) : this.open();
  }

  /** The language of the next words; the conversation goes on. */
  speak(language) {
    this.language = language;
    if (!this.current) return;
    this.current = { ...this.current, language };
    this.memory.conversation = this.current;
  }

  #forget() {
    this.round++;
    this.#spokenBy({ wie: "chatbot" });
    this.listener.progress(null);
    this.ready = false;
    this.stream.stop();
    this.thread.clear();
    this.memory.own.set("unsent", null);
    this.listener.cleared();
  }

  /** The server does not know this conversation (any more): say so, keep what was typed, begin again. */
  #startOver() {
    const typed = this.thread.unsent.filter((entry) => !entry.choice).map((entry) => entry.text);
    this.restart();
    this.listener.lost(typed);
  }

  /** Another tab has begun a new conversation: go along with it. */
  #follow() {
    const kept = this.memory.conversation;
    if (!kept || kept.id === this.current?.id) return;
    this.#forget();
    this.current = kept;
    this.language = kept.language;
    this.listener.followed();
    if (this.opening) this.opening.then(() => this.open());
    else this.open();
  }

  /** Only a page that is looked at keeps a stream: browsers allow few connections to one host. */
  #listen(anew = false) {
    if (document.hidden || !this.ready) this.stream.stop();
    else if (anew || !this.stream.runs) this.stream.start(this.current, () => this.thread.seen);
  }

  /** The browser says that the network is gone: asked anew, so that no earlier answer says that all is well. */
  #cutOff() {
    this.listener.status("offline");
    this.#listen(true);
  }

  /** The line is back: what failed for want of it goes out by itself. */
  #connected() {
    this.listener.status("");
    const stranded = this.thread.unsent.filter((entry) => entry.state === "failed" && entry.offline);
    for (const entry of stranded) entry.state = "sending";
    for (const entry of stranded) this.listener.shown(entry, false);
    if (stranded.length) this.#pump();
  }

  #takeAll(messages) {
    for (const message of messages) this.#take(fromApi(message));
  }

  #take(message) {
    const { entry, isNew } = this.thread.merge(message);
    this.listener.shown(entry, isNew);
  }

  /** A reload must not lose what was not sent: kept in this tab until the server has it. */
  #rememberUnsent() {
    const unsent = this.thread.unsent.map(({ text, choice, clientId }) => ({ text, choice, clientId }));
    this.memory.own.set("unsent", unsent.length ? { of: this.current?.id, unsent } : null);
  }

  #recallUnsent() {
    const kept = this.memory.own.get("unsent");
    if (!kept || (kept.of ?? this.current.id) !== this.current.id) return;
    const missing = kept.unsent.filter((own) => !this.thread.entries.some((e) => e.clientId === own.clientId));
    for (const own of missing) {
      const entry = { ...own, sender: "resident", language: this.language, state: "sending" };
      this.listener.shown(this.thread.add(entry).entry, true);
    }
  }
}
