// The stream of events: kept open as long as it is wanted, opened again when it breaks.

/** Keeps a stream open as long as it is wanted; tells `listener` about message, speaks, progress, typing, up, down, gone. */
class Stream {
  constructor(api, listener) {
    this.api = api;
    this.listener = listener;
    this.stopped = null;
  }

  /** Listen from the number that `after()` gives at each new try. */
  start(conversation, after) {
    this.stop();
    this.stopped = new AbortController();
    this.#run(conversation, after, this.stopped.signal);
  }

  stop() {
    this.stopped?.abort();
  }

  get runs() {
    return this.stopped !== null && !this.stopped.signal.aborted;
  }

  async #run(conversation, after, signal) {
    let delays = waits();
    while (!signal.aborted) {
      try {
        for await (const news of this.api.events(conversation, after(), signal)) {
          if (signal.aborted) return;
          if (news) this.#tell(news);
          else {
            delays = waits();
            this.listener.up();
          }
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error.gone) return this.listener.gone();
        this.listener.down();
      }
      await pause(delays.next().value);
    }
  }

  #tell({ event, data }) {
    if (event === "bericht") this.listener.message(fromApi(data));
    else if (event === "spreekt") this.listener.speaks(data);
    else if (event === "voortgang") this.listener.progress(data);
    else if (event === "typt") this.listener.typing(data);
  }
}
