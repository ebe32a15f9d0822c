// oxlint-disable unicorn/require-post-message-target-origin -- a BroadcastChannel has no target origin
/** The server's "these keys changed" messages: one connection per browser, shared by its tabs. */
export type StreamState = "connecting" | "open" | "closed";

interface StreamHandlers {
  onKeys: (keys: string[][]) => void;
  onState: (state: StreamState) => void;
}
type Message = { keys: string[][] } | { state: StreamState } | { ask: true };

const URL_EVENTS = "/api/v1/events";
const CHANNEL = "plumbline-events";
const RECONNECT_MS = 15_000;

/** Listens until the returned function is called. One tab holds a lock and the connection; the others hear it by channel. */
export function listenToEvents({ onKeys, onState }: StreamHandlers): () => void {
  const stop = new AbortController();
  const channel = new BroadcastChannel(CHANNEL);
  let state: StreamState = "connecting";
  let leading = false;
  const tell = (message: Message) => {
    if (stop.signal.aborted) return;
    if ("keys" in message) onKeys(message.keys);
    if ("state" in message) onState((state = message.state));
  };
  channel.addEventListener("message", ({ data }: MessageEvent<Message>) => {
    if ("ask" in data) return void (leading && channel.postMessage({ state } satisfies Message));
    tell(data);
  });
  const lead = async () => {
    // The lock may be granted to a listener that has just left.
    if (stop.signal.aborted) return;
    leading = true;
    await connect(stop.signal, (message) => {
      if (stop.signal.aborted) return;
      tell(message);
      channel.postMessage(message);
    });
  };
  // Locks exist only on HTTPS and localhost; elsewhere each tab connects for itself.
  if (navigator.locks)
    navigator.locks.request(CHANNEL, { signal: stop.signal }, lead).catch(() => {});
  else void lead();
  channel.postMessage({ ask: true } satisfies Message);
  return () => {
    stop.abort();
    channel.close();
  };
}

/** Holds the connection; the browser reconnects by itself, and we try again where it gives up (signed out, 5xx). */
function connect(signal: AbortSignal, send: (message: Message) => void): Promise<void> {
  return new Promise((resolve) => {
    let source: EventSource;
    let timer: ReturnType<typeof setTimeout>;
    const open = () => {
      source = new EventSource(URL_EVENTS);
      source.addEventListener("open", () => send({ state: "open" }));
      source.addEventListener("message", ({ data }: MessageEvent<string>) => {
        const keys = readKeys(data);
        if (keys) send({ keys });
      });
      source.addEventListener("error", () => {
        const gaveUp = source.readyState === EventSource.CLOSED;
        send({ state: gaveUp ? "closed" : "connecting" });
        if (gaveUp) timer = setTimeout(open, RECONNECT_MS);
      });
    };
    open();
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      source.close();
      resolve();
    });
  });
}

/** The keys of one message, or null when it is not one of ours. */
export function readKeys(data: string): string[][] | null {
  try {
    const { keys } = JSON.parse(data) as { keys?: unknown };
    if (!Array.isArray(keys)) return null;
    return keys.filter(
      (key): key is string[] => Array.isArray(key) && key.every((part) => typeof part === "string"),
    );
  } catch {
    return null;
  }
}
