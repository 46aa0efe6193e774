// What this browser remembers. Storage may be full, forbidden or emptied: the chat works without it too.

/** JSON values under one prefix in localStorage (shared by tabs) or sessionStorage (this tab). */
class Drawer {
  constructor(kind, prefix) {
    this.kind = kind;
    this.prefix = prefix;
  }

  get(name) {
    try {
      return JSON.parse(window[this.kind].getItem(this.prefix + name));
    } catch {
      return null;
    }
  }

  set(name, value) {
    try {
      if (value === null) window[this.kind].removeItem(this.prefix + name);
      else window[this.kind].setItem(this.prefix + name, JSON.stringify(value));
    } catch {
      // Nothing to do: the conversation lives on in this page.
    }
  }
}

/** The conversation is shared by all tabs; what is typed and not yet sent belongs to one tab. */
class Memory {
  constructor(base) {
    const prefix = `loket ${base} `;
    this.shared = new Drawer("localStorage", prefix);
    this.own = new Drawer("sessionStorage", prefix);
    this.key = `${prefix}conversation`;
  }

  /** `{id, token, language}` of the conversation that goes on, or null. */
  get conversation() {
    return this.shared.get("conversation");
  }

  set conversation(value) {
    this.shared.set("conversation", value);
  }

  /** The figures that were given, by number of the case. */
  get rated() {
    return this.shared.get("rated") ?? {};
  }

  rate(reference, score) {
    this.shared.set("rated", { ...this.rated, [reference]: score });
  }

  /** The number of the last message that was seen with the panel open. */
  get read() {
    return this.shared.get("read") ?? 0;
  }

  set read(number) {
    this.shared.set("read", number);
  }
}
