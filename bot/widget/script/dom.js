// Elements and words. Part of widget.js: bot/widget/assets.py joins the parts in one scope, in order.

const SVG = "http://www.w3.org/2000/svg";
const LINK = /https:\/\/[^\s<>"]*[^\s<>".,;:!?)\]]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;

/** An element with attributes (`onclick` and the like are listeners) and children; text stays text. */
function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return element;
}

/** A picture of lines on a field of 24 by 24, for eyes only. */
function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  for (const [key, value] of [
    ["viewBox", "0 0 24 24"],
    ["aria-hidden", "true"],
    ["focusable", "false"],
  ])
    svg.setAttribute(key, value);
  svg.append(line);
  return svg;
}

const ICONS = {
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-6 8-6s7 2 8 6",
  save: "M12 4v11M7 10l5 5 5-5M5 20h14",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  chat: "M4 5h16v11h-9l-5 4v-4H4zM8 9h8M8 12h5",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 12l16-8-5 16-3-7zM12 13l8-9",
  again: "M19 12a7 7 0 1 1-2-5M17 3v4h-4",
  down: "M12 5v14M6 13l6 6 6-6",
};

/** Text with its web and mail addresses as links; everything else as it is. */
function withLinks(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const href = match[0].startsWith("https:") ? match[0] : `mailto:${match[0]}`;
    nodes.push(text.slice(from, match.index), h("a", { href }, match[0]));
    from = match.index + match[0].length;
  }
  return [...nodes, text.slice(from)];
}

/** A phone number that a phone can dial. */
function phoneLink(number, label) {
  return h("a", { href: `tel:${number.replace(/[^\d+]/g, "")}` }, label ?? number);
}

/** What a card or message says, line by line, without its buttons and links to act on. */
function plainText(node) {
  const lines = [...node.querySelectorAll("h3, h4, p, li, dl > div")].filter(
    (line) => !line.closest(".actions") && !line.querySelector("p, li"),
  );
  return lines
    .map((line) => [...line.childNodes].map((part) => part.textContent.trim()).filter(Boolean).join(" "))
    .join("\n");
}

/** Hand a text to the browser as a file to keep; nothing goes over the line. */
function download(name, text) {
  const href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/** The texts of settings.json, in both languages, with {names} filled in. */
class Words {
  constructor(texts, always) {
    this.texts = texts;
    this.always = always;
  }

  /** A text (or a group of them) by its key; a language that we do not have is read as Dutch. */
  say(language, key, values = {}) {
    const text = (this.texts[language] ?? this.texts.nl)[key];
    return typeof text === "string" ? this.fill(text, values) : text;
  }

  fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? this.always[name]);
  }

  /** The name of a Sustainable Development Goal, empty for a number that is none. */
  goal(language, number) {
    return (this.texts[language] ?? this.texts.nl).goals[number] ?? "";
  }
}

/** Elements whose words change with the language. */
class Labels {
  constructor(words) {
    this.words = words;
    this.all = [];
  }

  /** Let an element, or an attribute of it, say a text. */
  put(element, key, attribute) {
    this.all.push([element, attribute, key]);
    return element;
  }

  button(key, kind, onclick, picture) {
    const text = this.put(h("span", {}), key);
    return h("button", { type: "button", class: kind, onclick }, picture && icon(picture), text);
  }

  relabel(language) {
    for (const [element, attribute, key] of this.all) {
      const text = this.words.say(language, key);
      if (attribute) element.setAttribute(attribute, text);
      else element.textContent = text;
    }
  }
}
