/** Keys only one product makes. */
const PRODUCTS: readonly { name: string; key: RegExp }[] = [
  { name: "BullMQ or Bull", key: /^\{?bull\}?:|:(?:stalled-check|waiting-children|meta-paused)$/ },
  {
    name: "Sidekiq",
    key: /^(?!resque:)(?:.+:)?(?:stat:(?:processed|failed)(?::[\d-]+)?|queue:[^:]+)$/,
  },
  { name: "Celery", key: /^(?:celery-task-meta-|_kombu\.binding\.|unacked(?:_index|_mutex)?$)/ },
  { name: "RQ", key: /^rq:(?:job|queue|workers?|finished|failed|wip)(?::|$)/ },
  { name: "Resque", key: /^resque:(?:queue|worker|stat|failed)/ },
];

/** The last part of BullMQ's and Bull's keys for a queue: states of jobs, and words that an application may use, too. */
const STATES = new Set(
  "wait active paused delayed completed failed prioritized stalled marker limiter".split(" "),
);
const COMMON = new Set(["id", "meta", "events", "pc", "repeat"]);

/** Which products' queues show in a sample of keys, one sentence each; the keys themselves are not kept. */
export function signsInKeys(keys: readonly string[]): string[] {
  const counts = PRODUCTS.map(({ name, key }) => {
    const own = keys.filter((each) => key.test(each)).length;
    return { name, count: name === "BullMQ or Bull" ? Math.max(own, markedKeys(keys)) : own };
  });
  return counts
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => `Keys of ${name} queues: ${count} of ${keys.length} sampled.`);
}

/** Keys of queues with any prefix, known by two of their keys, of which one is a state: `user:5:id` alone is no queue. */
function markedKeys(keys: readonly string[]): number {
  const byQueue = Map.groupBy(
    keys.filter((key) => key.split(":").length > 2),
    (key) => key.slice(0, key.lastIndexOf(":")),
  );
  const marks = [...byQueue.values()].map((own) => {
    const states = own.filter((key) => STATES.has(lastPart(key))).length;
    const common = own.filter((key) => COMMON.has(lastPart(key))).length;
    return states > 0 && states + common > 1 ? states + common : 0;
  });
  return marks.reduce((sum, count) => sum + count, 0);
}

const lastPart = (key: string): string => key.slice(key.lastIndexOf(":") + 1);

/** What a worker's connection does most of its time. */
const WORKING = /^(?:bzpopmin|brpoplpush|blmove|xread|evalsha|eval)$/;

/** BullMQ and Bull name a worker's connection `prefix:base64(queue)`, with more behind it. */
export function signsInClients(clients: readonly { name: string; command: string }[]): string[] {
  const workers = clients.filter(
    ({ name, command }) => WORKING.test(command) && /:[A-Za-z0-9+/]{2,}={0,2}(?::|$)/.test(name),
  ).length;
  return workers > 0 ? [`Connections of BullMQ or Bull workers: ${workers}.`] : [];
}
