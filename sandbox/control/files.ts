import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Stores } from "../data/stores.ts";

export interface ControlFile {
  /** The control server: drills. */
  url: string;
  token: string;
  api: string;
  bank: string;
  mail: string;
  sms: string;
}

/** `control.json` exists while the sandbox is ready: it says where to find it. */
export function writeControlFile(home: string, control: ControlFile): void {
  writePrivate(join(home, "control.json"), `${JSON.stringify(control, null, 2)}\n`);
}

export function removeControlFile(home: string): void {
  rmSync(join(home, "control.json"), { force: true });
}

/** The sandbox as sources of Plumbline. */
export function writeSourcesFile(home: string, { database, redis }: Stores["plumbline"]): void {
  const labels = { service: "payments", team: "payments", tier: "1" };
  const sources = [
    { name: "payments-db", kind: "postgres", url: database, interval: "10s", labels },
    { name: "payments-cache", kind: "redis", url: redis.cache, interval: "10s", labels },
    { name: "payments-queues", kind: "bullmq", url: redis.queues, interval: "10s", labels },
  ];
  const head = "# Written by the sandbox at each start.\n";
  writePrivate(
    join(home, "plumbline.yaml"),
    head + stringify({ sources }, { aliasDuplicateObjects: false }),
  );
}

function writePrivate(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
