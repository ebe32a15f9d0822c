export interface QueueRef {
  prefix: string;
  name: string;
}

export interface DiscoveredQueue extends QueueRef {
  /** Bull 3/4 queues are read-only for us: BullMQ's scripts do not fit them. */
  flavour: "bullmq" | "bull";
  /** Version of the library that wrote the queue last, such as `6.7.0` or `5+`; null when nothing tells. */
  version: string | null;
  paused: boolean;
}

export const queueKey = ({ prefix, name }: QueueRef, part: string): string =>
  `${prefix}:${name}:${part}`;
