import { describe, expect, it } from "vitest";
import { queueOfKey, queuesNamedBy } from "./discover.ts";

const base64 = (name: string) => Buffer.from(name).toString("base64");

describe("the queue a key belongs to", () => {
  it.each([
    ["bull:mail:meta", { prefix: "bull", name: "mail" }],
    ["bull:mail:id", { prefix: "bull", name: "mail" }],
    ["bull:mail:meta-paused", { prefix: "bull", name: "mail" }],
    ["a:b:c:mail:meta", { prefix: "a:b:c", name: "mail" }],
    ["{a}:mail:meta", { prefix: "{a}", name: "mail" }],
  ])("%s", (key, queue) => expect(queueOfKey(key)).toEqual([queue]));

  it.each(["bull:mail:wait", "meta", "mail:meta", "bull:mail:metadata", "bull::meta"])(
    "none for %s",
    (key) => expect(queueOfKey(key)).toEqual([]),
  );
});

describe("the queues clients work on", () => {
  it.each([
    [`bull:${base64("mail")}`, "bull", "mail"],
    [`bull:${base64("mail")}:w:worker 1`, "bull", "mail"],
    [`bull:${base64("mail")}:qe`, "bull", "mail"],
    [`team:a:${base64("Grüße €")}`, "team:a", "Grüße €"],
    [`bull:${base64("mail")}:w:${base64("other")}`, "bull", "mail"],
  ])("%s", (name, prefix, queue) => {
    expect(queuesNamedBy([{ name }])).toContainEqual({ prefix, name: queue });
  });

  it.each(["", "app", "plumbline", "api:server-1", "bull:"])("none in %j", (name) => {
    expect(queuesNamedBy([{ name }])).toEqual([]);
  });
});
