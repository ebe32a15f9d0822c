import { expect, test } from "vitest";
import { signsInClients, signsInKeys } from "./queue-signs.ts";

test.each([
  ["BullMQ or Bull", ["bull:mails:12", "bull:mails:meta"]],
  ["BullMQ or Bull", ["{bull}:mails:7"]],
  ["BullMQ or Bull", ["shop:mails:wait", "shop:mails:meta", "shop:mails:12"]],
  ["BullMQ or Bull", ["{shop}:mails:marker", "{shop}:mails:id"]],
  ["BullMQ or Bull", ["shop:mails:stalled-check"]],
  ["Sidekiq", ["queue:default"]],
  ["Sidekiq", ["stat:processed:2026-11-23"]],
  ["Celery", ["_kombu.binding.celery"]],
  ["Celery", ["celery-task-meta-5f1c"]],
  ["RQ", ["rq:job:5f1c"]],
  ["Resque", ["resque:queue:mails"]],
])("%s shows in %j", (product, keys) => {
  expect(signsInKeys([...keys, "cache:1", "cache:2"])).toEqual([
    expect.stringMatching(new RegExp(`^Keys of ${product} queues: \\d of \\d sampled`)),
  ]);
});

test.each([
  [["user:5:id", "user:5:events", "user:6:meta"]],
  [["order:9:completed", "order:8:failed"]],
  [["bullet:1", "rq", "queues of people", "report:queue:12:page"]],
  [["unacked-mail:1", ""]],
  [[]],
])("%j is an application's own", (keys) => {
  expect(signsInKeys(keys)).toEqual([]);
});

test("no key is repeated in what is kept", () => {
  const secret = "bull:mails:4111111111111111";
  expect(signsInKeys([secret]).join()).not.toContain("4111");
});

test.each([
  ["bull:bWFpbHM=", "bzpopmin", 1],
  ["shop:eu:bWFpbHM=:w:first", "evalsha", 1],
  ["bull:bWFpbHM=", "brpoplpush", 1],
  ["bull:bWFpbHM=", "ping", 0],
  ["plumbline", "client|list", 0],
  ["", "bzpopmin", 0],
])("a connection named %j that runs %s", (name, command, workers) => {
  expect(signsInClients([{ name, command }])).toHaveLength(workers);
});
