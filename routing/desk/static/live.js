// The conversation of a case as it happens. Without this script the same forms work, with a new page each time.
"use strict";

(() => {
  const TYPING = 3000; // ms between two signs that somebody types
  const SHOWN = 5000; // ms that "is typing" stays without another sign

  /** The messages on the page: in the order of their numbers, each once. */
  class Log {
    constructor(list, panel) {
      this.list = list;
      this.language = panel.dataset.language;
      this.seen = new Set([...list.children].map((item) => Number(item.dataset.number)));
      this.end();
    }

    /** Put a message in its place; one that is there already stays as it is. */
    add({ nummer, van, wie, tekst, tijd, moment }) {
      if (this.seen.has(nummer)) return;
      this.seen.add(nummer);
      const atEnd = this.atEnd;
      const time = Object.assign(document.createElement("time"), { dateTime: tijd, textContent: moment });
      const by = Object.assign(document.createElement("p"), { className: "by" });
      by.append(`${wie}, `, time);
      const item = this.#item(van, by, tekst);
      item.dataset.number = nummer;
      const next = [...this.list.children].find((other) => !other.dataset.number || other.dataset.number > nummer);
      this.list.insertBefore(item, next ?? null);
      if (atEnd) this.end();
    }

    /** Something of ours that is on its way: last, until the server gives it a number. */
    pending(text, state) {
      const by = Object.assign(document.createElement("p"), { className: "by", textContent: state });
      const item = this.#item("medewerker", by, text);
      this.list.append(item);
      this.end();
      return item;
    }

    get atEnd() {
      return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
    }

    end() {
      this.list.scrollTop = this.list.scrollHeight;
    }

    #item(sender, by, text) {
      const item = Object.assign(document.createElement("li"), { className: sender });
      const words = Object.assign(document.createElement("p"), { className: "words", textContent: text });
      words.lang = this.language;
      item.append(by, words);
      return item;
    }
  }

  /** The panel under the messages: who speaks, who is there, what can be done. */
  class Panel {
    constructor(node) {
      this.node = node;
      this.words = node.dataset;
      this.log = new Log(document.querySelector("[data-talk]"), node);
      this.waiting = new Map(); // what is on its way, by the number of its form
      for (const form of node.querySelectorAll("[data-step]")) form.addEventListener("submit", (e) => this.#step(e));
      this.form = node.querySelector("[data-say]");
      this.form.addEventListener("submit", (event) => this.#say(event));
      this.form.tekst.addEventListener("input", () => this.#types());
      this.form.tekst.addEventListener("keydown", (event) => this.#key(event));
      this.#listen();
    }

    /** The browser itself connects again, from the last number that it had. */
    #listen() {
      const stream = new EventSource(`${this.words.live}?na=${this.words.last}`);
      const on = (name, take) => stream.addEventListener(name, (event) => take(JSON.parse(event.data)));
      on("bericht", (message) => this.#take(message));
      on("spreekt", ({ wie, naam }) => this.#speaks(wie, naam));
      on("typt", () => this.#typing());
      on("verbinding", ({ inwoner }) => this.#connection(inwoner));
      stream.addEventListener("open", () => this.#connected());
      stream.addEventListener("error", () => {
        // A stream that is closed for good was refused: signed out, or somebody else's case by now.
        this.#trouble(stream.readyState === EventSource.CLOSED ? "signedOut" : "offline");
      });
    }

    #connected() {
      this.#trouble("");
      for (const entry of this.waiting.values()) if (entry.failed) this.#send(entry);
    }

    #take(message) {
      const entry = this.waiting.get(message.formulier);
      if (entry) {
        this.waiting.delete(message.formulier);
        entry.item.remove();
      }
      if (message.van === "inwoner") this.#line("");
      this.log.add(message);
    }

    #speaks(who, name) {
      for (const part of this.node.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== who;
      const fill = (mark, text) => {
        this.node.querySelector(mark).textContent = text.replace("{name}", name);
      };
      fill("[data-other-name]", this.words.other);
      fill("[data-instead-name]", this.words.instead);
      if (this.tookOver && who === "self") this.form.tekst.focus();
      this.tookOver = false;
    }

    #typing() {
      this.#line(this.words.typing);
      clearTimeout(this.typingEnds);
      this.typingEnds = setTimeout(() => this.#line(""), SHOWN);
    }

    #line(text) {
      this.node.querySelector("[data-typing-line]").textContent = text;
    }

    #connection(there) {
      this.node.querySelector("[data-connection]").textContent = there ? this.words.there : this.words.away;
    }

    #trouble(kind) {
      const line = this.node.querySelector("[data-trouble]");
      line.textContent = kind ? this.words[kind] : "";
      line.hidden = !kind;
    }

    async #step(event) {
      event.preventDefault();
      const form = event.target;
      const id = form.elements["formulier-nummer"];
      this.tookOver = true;
      const status = await this.#post(form.action, new URLSearchParams(new FormData(form)));
      if (status === 200) id.value = newId();
      else this.#trouble(status === 409 ? "moved" : status ? "signedOut" : "offline");
    }

    #say(event) {
      event.preventDefault();
      const text = this.form.tekst.value.trim();
      if (!text) return this.form.tekst.focus();
      const id = this.form.elements["formulier-nummer"];
      const body = new URLSearchParams(new FormData(this.form));
      const entry = { id: id.value, body, item: this.log.pending(text, this.words.sending) };
      id.value = newId();
      this.form.tekst.value = "";
      this.form.tekst.focus();
      this.waiting.set(entry.id, entry);
      // One after the other, so that they arrive in the order in which they were typed.
      this.queue = (this.queue ?? Promise.resolve()).then(() => this.#send(entry));
    }

    async #send(entry) {
      entry.failed = false;
      entry.item.firstChild.textContent = this.words.sending;
      const status = await this.#post(this.form.action, entry.body);
      if (status === 200 || !this.waiting.has(entry.id)) return;
      entry.failed = !status;
      const again = Object.assign(document.createElement("button"), { type: "button", className: "second" });
      again.textContent = this.words.again;
      again.addEventListener("click", () => this.#send(entry));
      entry.item.firstChild.replaceChildren(`${this.words.failed} `, again);
      if (status) this.#trouble(status === 409 ? "moved" : "signedOut");
    }

    /** The status of the answer; 0 without a connection, 401 when the answer is the page to sign in. */
    async #post(address, body) {
      try {
        const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
        return answer.redirected ? 401 : answer.status;
      } catch {
        return 0;
      }
    }

    #key(event) {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.form.requestSubmit();
    }

    #types() {
      const now = Date.now();
      if (now - (this.told ?? 0) < TYPING) return;
      this.told = now;
      const body = new URLSearchParams(new FormData(this.form));
      body.delete("tekst");
      this.#post(this.form.dataset.types, body);
    }
  }

  function newId() {
    return crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  }

  const node = document.querySelector("[data-live]");
  if (node && document.querySelector("[data-talk]")) new Panel(node);
})();
