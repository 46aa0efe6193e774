// The element <loket-chat>, and putting it into a page.

const SCRIPT = document.currentScript;
const REACH = 60_000; // ms between two looks at who can be reached
const HOME = new URL("..", SCRIPT.src).href; // the script is served at <Loket>/widget/widget.js

/** A file of ours, as soon as it can be had: the page may come up before the server is reached. */
async function supply(name) {
  for (const delay of waits()) {
    const response = await fetch(`${HOME}widget/${name}`).catch(() => null);
    if (response?.ok) return response.text();
    await pause(delay);
  }
}

/** Style sheets made this way need no 'unsafe-inline' from the page's content security policy. */
async function dress(root, theme) {
  const names = ["tokens.css", theme, "widget.css"].filter(Boolean);
  if (!("adoptedStyleSheets" in Document.prototype)) {
    // Phones of before 2023: the page's policy then has to allow our host in style-src.
    root.append(...names.map((name) => h("link", { rel: "stylesheet", href: `${HOME}widget/${name}` })));
    return;
  }
  const sheets = names.map(async (name) => new CSSStyleSheet().replace(await supply(name)));
  root.adoptedStyleSheets = await Promise.all(sheets);
}

/** Pages of Loket that the chat links to, by language. */
const PAGES = { nl: { privacy: "privacy", case: "zaak" }, en: { privacy: "en/privacy", case: "en/case" } };

/** The municipality's own mark, from the page itself: its address is for the page's policy to allow. */
function logo(address) {
  return h("img", { slot: "logo", src: address, alt: "" });
}

/**
 * The chat. Attributes: `data-language` (nl or en; without it the language of the page), `data-theme` (name of a
 * theme), `data-logo` (address of a picture) and `data-font` (a font that the page has). A child with slot="logo"
 * takes the place of the logo. See docs/widget.md.
 */
class LoketChat extends HTMLElement {
  async connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    const settings = JSON.parse(await supply("settings.json"));
    const { theme, logo: mark, font } = this.dataset;
    await dress(root, settings.themes.includes(theme) ? `theme-${theme}.css` : settings.theme);
    if (font) this.style.setProperty("--utrecht-document-font-family", font);
    if (mark && !this.querySelector('[slot="logo"]')) this.append(logo(mark));
    this.words = new Words(settings.texts, settings.values);
    this.memory = new Memory(HOME);
    this.#takeAlong();
    this.#build(root, settings);
    this.#openers();
    window.addEventListener("storage", () => this.#count()); // another tab may have read what is new
    setInterval(() => this.#meet(), REACH);
    if (this.memory.conversation) this.conversation.open();
    if (this.memory.own.get("open")) this.panel.open({ quietly: true });
  }

  /** A page that was opened by a link brings its conversation: from now on it is this browser's. */
  #takeAlong() {
    const { gesprek, sleutel } = this.dataset;
    if (!gesprek || !sleutel) return;
    const language = this.dataset.language === "en" ? "en" : "nl";
    this.memory.conversation = { id: gesprek, token: sleutel, language };
    this.memory.own.set("open", true);
    delete this.dataset.gesprek;
    delete this.dataset.sleutel;
    // The address has done its work; a reload would only say that the link was used.
    history.replaceState(null, "", language === "en" ? `${HOME}en` : HOME);
  }

  #build(root, settings) {
    const pageLanguage = this.dataset.language ?? document.documentElement.lang.slice(0, 2);
    this.conversation = new Conversation(
      new Api(HOME, () => this.conversation.language),
      this.memory,
      this.#listener(),
      pageLanguage === "en" ? "en" : "nl",
    );
    this.composer = new Composer(this.words, settings.limit, this.memory, {
      say: (text) => this.conversation.say(text),
      types: () => this.conversation.types(),
      hint: (key) => this.panel.hint(key),
    });
    this.panel = new Panel(root, this.words, this.composer, this.memory, this.#actions());
    this.#relabel();
  }

  /** What the conversation reports. */
  #listener() {
    return {
      shown: (entry, isNew) => {
        this.panel.show(this.conversation.thread, entry, isNew);
        this.#count();
      },
      removed: (entry) => this.panel.remove(entry, this.conversation.thread),
      cleared: () => this.panel.clear(),
      waiting: (yes) => this.panel.wait(yes),
      status: (kind, text) => this.panel.tell(kind, text),
      replaying: (yes) => this.panel.replay(yes),
      speaks: (who) => this.panel.speaker(who),
      progress: (far) => this.panel.advance(far, this.conversation.thread),
      typing: ({ naam }) => this.panel.staffTypes(naam),
      followed: () => this.#relabel(),
      lost: (typed) => {
        this.#note("lost");
        for (const text of typed.reverse()) this.composer.restore(text);
      },
    };
  }

  /** What people do in the panel. */
  #actions() {
    return {
      opened: () => this.#opened(true),
      closed: () => this.#opened(false),
      choose: (button) => this.conversation.choose(button),
      resend: (entry) => this.conversation.resend(entry),
      edit: (entry) => {
        this.composer.restore(this.conversation.takeBack(entry));
        this.composer.focus();
      },
      retry: () => this.conversation.open(),
      rate: (score) => this.conversation.rate(score),
      human: () => this.conversation.say(this.words.say(this.conversation.language, "pleaseHuman")),
      save: () => this.#save(),
      restart: () =>
        this.conversation.thread.spoken ? this.panel.confirm.showModal() : this.conversation.restart(),
      restartNow: () => this.conversation.restart(),
      switchLanguage: () => this.#switchLanguage(),
      page: (name, language) => HOME + (PAGES[language] ?? PAGES.nl)[name],
    };
  }

  /**
   * Before the first words of the resident a conversation in the other language is cleanest: its greeting
   * comes in that language. After them the wish is typed as a message, because a new conversation would
   * lose what was told; the assistant understands it in every state and answers in the new language.
   */
  #switchLanguage() {
    const language = this.conversation.language === "nl" ? "en" : "nl";
    if (this.conversation.thread.spoken) {
      this.conversation.speak(language);
      this.conversation.say(this.words.say(language, "pleaseThisLanguage"));
    } else this.conversation.restart(language);
    this.#relabel();
  }

  /** A copy of the conversation, from what stands on the screen. */
  #save() {
    const { thread, language } = this.conversation;
    const { messages } = this.panel;
    const name = `${this.words.say(language, "fileName")}-${new Date().toISOString().slice(0, 10)}.txt`;
    const as = { plain: (entry) => messages.plain(entry), name: (entry) => messages.sender(entry) };
    download(name, transcript(this.words, language, thread.entries, as));
    this.panel.announce("saved");
  }

  /** Who can be reached, as long as somebody looks; not knowing it is no trouble. */
  #meet() {
    if (!this.panel.isOpen || document.hidden) return;
    this.conversation.api.reach().then((there) => this.panel.head.meet(there), () => {});
  }

  #relabel() {
    this.lang = this.conversation.language;
    this.panel.relabel(this.lang);
    this.#meet();
    this.#count();
  }

  #opened(yes) {
    this.memory.own.set("open", yes || null);
    if (yes) this.conversation.open();
    this.#meet();
    this.#count();
  }

  /** How many messages came while nobody looked. */
  #count() {
    const { thread } = this.conversation;
    if (this.panel.isOpen) this.memory.read = thread.last;
    const { read } = this.memory;
    this.panel.unread(thread.entries.filter((e) => e.id > read && e.sender !== "resident").length);
  }

  /** A remark of this page itself, above the conversation. */
  #note(key) {
    const { thread, language } = this.conversation;
    const entry = { sender: "system", text: this.words.say(language, key), language, state: "sent", order: 0 };
    this.panel.show(thread, thread.add(entry).entry, true);
  }

  /** Buttons of the page with `data-loket-open` open the chat; the page hides them until it can. */
  #openers() {
    for (const button of document.querySelectorAll("[data-loket-open]")) button.hidden = false;
    document.addEventListener("click", (event) => {
      const from = event.target.closest?.("[data-loket-open]");
      if (from) this.panel.open({ from });
    });
  }
}

/** One script tag is enough: the element comes at the end of the page, unless the page has placed it itself. */
function place() {
  if (document.querySelector("loket-chat")) return;
  const element = document.createElement("loket-chat");
  Object.assign(element.dataset, SCRIPT.dataset);
  document.body.append(element);
}

if (!customElements.get("loket-chat")) {
  customElements.define("loket-chat", LoketChat);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", place);
  else place();
}
