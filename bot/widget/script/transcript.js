// The conversation as a text to keep: who said what and when, as it stands on the screen.

/** The whole text; `plain(entry)` gives what a message says, `name(entry)` who says it. */
function transcript(words, language, entries, { plain, name }) {
  const moment = (time) =>
    new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" }).format(new Date(time));
  const said = entries.map((entry) => {
    const when = entry.time ? moment(entry.time) : words.say(language, "notSent");
    return `${name(entry)} (${when})\n${plain(entry)}`;
  });
  const title = words.say(language, "transcript", { when: moment(Date.now()) });
  return [title, ...said].join("\n\n") + "\n";
}
