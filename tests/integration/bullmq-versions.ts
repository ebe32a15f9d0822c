import { Queue as Queue3, Worker as Worker3 } from "bullmq3";
import { Queue as Queue4, Worker as Worker4 } from "bullmq4";
import { Queue as Queue5, Worker as Worker5 } from "bullmq5";
import type { QueueTarget } from "./queues-target.ts";

/** What tests ask of a queue of an older BullMQ; the classes of the versions differ in their types, not in this. */
export interface OlderQueue {
  add(name: string, data: object, options?: object): Promise<unknown>;
  getFailedCount(): Promise<number>;
  getCompletedCount(): Promise<number>;
  isPaused(): Promise<boolean>;
  pause(): Promise<unknown>;
  resume(): Promise<unknown>;
  close(): Promise<unknown>;
}

type Process = () => Promise<unknown>;

/** An older BullMQ, whose own code adds, fails and completes jobs. */
export interface OlderBullmq {
  major: number;
  /** `actions` have to leave them alone. */
  readOnly: boolean;
  queue(target: QueueTarget, name: string): OlderQueue;
  /** Closes by itself when the test ends; sooner when it is closed. */
  worker(target: QueueTarget, name: string, process: Process): { close(): Promise<unknown> };
}

const connected = ({ server }: QueueTarget) => {
  const { hostname: host, port, password } = new URL(server.url);
  return { connection: { host, port: Number(port), password, maxRetriesPerRequest: null } };
};
/** Before 5, an idle worker finds a job with a priority only when it looks again: after five seconds, if not told otherwise. */
const working = (target: QueueTarget) => ({ ...connected(target), drainDelay: 1 });

export const OLDER: readonly OlderBullmq[] = [
  {
    major: 3,
    readOnly: true,
    queue: (target, name) => target.opened(new Queue3(name, connected(target))),
    worker: (target, name, process) => target.opened(new Worker3(name, process, working(target))),
  },
  {
    major: 4,
    readOnly: false,
    queue: (target, name) => target.opened(new Queue4(name, connected(target))),
    worker: (target, name, process) => target.opened(new Worker4(name, process, working(target))),
  },
  {
    major: 5,
    readOnly: false,
    queue: (target, name) => target.opened(new Queue5(name, connected(target))),
    worker: (target, name, process) => target.opened(new Worker5(name, process, working(target))),
  },
];
