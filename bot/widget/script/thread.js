// The messages of one conversation, in the order of the server, each once.

const SENDERS = { inwoner: "resident", chatbot: "chatbot", medewerker: "staff", systeem: "system" };

/** A message of the API in our own terms. */
function fromApi(message) {
  return {
    id: message.id,
    sender: SENDERS[message.van] ?? "system",
    text: message.tekst ?? "",
    language: message.taal === "en" ? "en" : "nl",
    tongue: message.taal, // of the words themselves, which may be one that we have no labels in
    buttons: message.knoppen ?? [],
    card: message.kaart ?? null,
    author: message.wie ?? null,
    clientId: message.clientId ?? null,
    time: message.tijd ?? null,
    state: "sent",
  };
}

class Thread {
  constructor() {
    this.clear();
  }

  clear() {
    this.entries = [];
    this.serial = 0;
  }

  /** Take a message of the server in; one that we have (by number, or as our own by clientId) is completed. */
  merge(message) {
    const known = this.entries.find(
      (entry) => entry.id === message.id || (message.clientId && entry.clientId === message.clientId),
    );
    if (known) return this.#put(Object.assign(known, message, { order: message.id }));
    return this.#put({ ...message, order: message.id, serial: this.serial++ }, true);
  }

  /** Something that only this page says or has said: last in order, until the server gives its number. */
  add(entry) {
    return this.#put({ order: Infinity, buttons: [], card: null, serial: this.serial++, ...entry }, true);
  }

  /** The server has taken an own message in: it stands before its answers, also when its number is not known. */
  settle(entry, answers) {
    entry.state = "sent";
    if (entry.id) return;
    const next = answers.length ? Math.min(...answers.map((a) => a.id)) : this.last + 1;
    entry.order = next - 0.5;
    this.#sort();
  }

  remove(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
  }

  /** The highest number up to which nothing is missing: the stream goes on from there. */
  get seen() {
    const numbers = new Set(this.entries.map((entry) => entry.id));
    let number = 0;
    while (numbers.has(number + 1)) number++;
    return number;
  }

  /** The highest number there is. */
  get last() {
    return Math.max(0, ...this.entries.map((entry) => entry.id ?? 0));
  }

  /** Own messages that the server has not taken in yet. */
  get unsent() {
    return this.entries.filter((entry) => entry.state !== "sent");
  }

  /** True when the resident has said something in this conversation. */
  get spoken() {
    return this.entries.some((entry) => entry.sender === "resident");
  }

  /** The own message that came after an entry, if any: it has answered the entry's buttons. */
  replyTo(entry) {
    return this.entries.slice(this.entries.indexOf(entry)).find((other) => other.sender === "resident");
  }

  #put(entry, isNew = false) {
    if (isNew) this.entries.push(entry);
    this.#sort();
    return { entry, isNew };
  }

  #sort() {
    // Infinity - Infinity is NaN, which leaves the order of typing to decide.
    this.entries.sort((a, b) => a.order - b.order || a.serial - b.serial);
  }
}
