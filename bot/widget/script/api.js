// The chat API: requests, refusals and the stream of events.

const PATIENCE = 30_000; // ms for an answer: a busy assistant needs seconds, a dead line answers never
const SILENCE = 45_000; // ms without a byte after which a stream is dead; the server sends a sign every 15 s

/** The server said no, or (status 0) was not reached. The message is meant for people. */
class Refusal extends Error {
  constructor(status, detail = "", retryAfter = 0) {
    super(detail);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** The conversation does not exist (any more) for us. */
  get gone() {
    return this.status === 401 || this.status === 404;
  }

  /** Trying again later may help, without anybody doing anything. */
  get passing() {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** A refusal as the server explains it (application/problem+json): each error, or else the detail. */
async function refusalOf(response) {
  const problem = await response.json().catch(() => ({}));
  const errors = (problem.errors ?? []).map((error) => error.detail).filter(Boolean);
  const detail = errors.join(" ") || problem.detail || problem.title || "";
  return new Refusal(response.status, detail, Number(response.headers.get("Retry-After")) || 0);
}

/** Waiting times in ms that grow from one second to half a minute, a bit different for everybody. */
function* waits() {
  for (let wait = 1000; ; wait = Math.min(wait * 2, 30_000)) yield wait * (0.8 + 0.4 * Math.random());
}

/** Wait; a connection that comes back ends the wait at once. */
function pause(ms) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener("online", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    window.addEventListener("online", end);
  });
}

/** Server-sent events in a body: `{event, data}` for each event, null for a bare sign of life. */
async function* eventsIn(body, onBytes) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const { done, value } = await reader.read();
    if (done) return;
    onBytes();
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = block
        .split(/\r?\n/)
        .map((line) => line.match(/^(\w+): ?(.*)$/))
        .filter(Boolean);
      const of = (name) =>
        fields
          .filter((f) => f[1] === name)
          .map((f) => f[2])
          .join("\n");
      yield { event: of("event"), data: of("data") };
    }
  }
}

class Api {
  /** `base` is the address that Loket is served at, with a slash at its end. */
  constructor(base, language) {
    this.base = base;
    this.language = language; // a function: errors are told in the language of that moment
  }

  start(language) {
    return this.#json("gesprekken", { body: { taal: language } });
  }

  send(conversation, { clientId, text, choice }) {
    const body = choice ? { keuze: choice, clientId } : { tekst: text, clientId };
    return this.#json(`gesprekken/${conversation.id}/berichten`, { body, conversation });
  }

  since(conversation, after) {
    return this.#json(`gesprekken/${conversation.id}/berichten?na=${after}`, { conversation });
  }

  /** How the resident found the conversation, 1 to 5; the figure that counts comes back. */
  rate(conversation, score) {
    return this.#json(`gesprekken/${conversation.id}/waardering`, { body: { cijfer: score }, conversation });
  }

  /** Whether people can be reached now. */
  reach() {
    return this.#json("bereikbaarheid", {});
  }

  /** The resident is typing: a passing sign, so nobody waits for it or hears when it fails. */
  typing(conversation) {
    this.#fetch(`gesprekken/${conversation.id}/typt`, { body: {}, conversation }).catch(() => {});
  }

  /**
   * The events after a message's number, as they come; first of all null, once the stream stands.
   * EventSource cannot send the token, so the stream is read by hand.
   */
  async *events(conversation, after, signal) {
    const silence = new AbortController();
    const abort = () => silence.abort();
    signal.addEventListener("abort", abort);
    let timer = setTimeout(abort, PATIENCE);
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(abort, SILENCE);
    };
    try {
      const headers = { Accept: "text/event-stream", "Last-Event-ID": String(after) };
      const path = `gesprekken/${conversation.id}/gebeurtenissen`;
      const response = await this.#fetch(path, { conversation, headers, signal: silence.signal });
      alive();
      yield null;
      for await (const { event, data } of eventsIn(response.body, alive))
        if (data) yield { event, data: JSON.parse(data) };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      silence.abort();
    }
  }

  async #json(path, options) {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE);
    try {
      const response = await this.#fetch(path, { ...options, signal: patience.signal });
      return await response.json();
    } catch (error) {
      throw error instanceof Refusal ? error : new Refusal(0);
    } finally {
      clearTimeout(timer);
    }
  }

  async #fetch(path, { body, conversation, headers = {}, signal }) {
    headers = { ...headers, "Accept-Language": this.language() };
    if (conversation) headers.Authorization = `Bearer ${conversation.token}`;
    if (body) headers["Content-Type"] = "application/json";
    const response = await fetch(`${this.base}api/v1/${path}`, {
      method: body ? "POST" : "GET",
      body: body && JSON.stringify(body),
      headers,
      signal,
      cache: "no-store",
      credentials: "omit",
    });
    if (!response.ok) throw await refusalOf(response);
    return response;
  }
}
