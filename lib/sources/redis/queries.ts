/** Sections of INFO we read; `default` leaves out the per-command statistics. */
export type InfoSection =
  | "default"
  | "everything"
  | "server"
  | "clients"
  | "memory"
  | "stats"
  | "replication"
  | "persistence"
  | "commandstats"
  | "keyspace"
  | "cpu";

/** The fields of an INFO answer. A field the server does not have is null, never 0. */
export class RedisInfo {
  readonly #fields: ReadonlyMap<string, string>;

  constructor(text: string) {
    this.#fields = parseInfo(text);
  }

  text(field: string): string | null {
    return this.#fields.get(field) ?? null;
  }

  number(field: string): number | null {
    const value = this.#fields.get(field);
    if (value === undefined || value === "") return null;
    const parsed = Number(value);
    return Number.isFinite(parsed) ? parsed : null;
  }

  /** Fields whose name starts with `prefix` and whose value is `a=1,b=2`: `cmdstat_get`, `db0`, `slave0`. */
  groups(prefix: string): Map<string, Record<string, string>> {
    const found = new Map<string, Record<string, string>>();
    for (const [name, value] of this.#fields) {
      if (name.startsWith(prefix) && value.includes("="))
        found.set(name.slice(prefix.length), parsePairs(value, ","));
    }
    return found;
  }

  /** Redis and Valkey report themselves in different fields; Valkey keeps `redis_version` at 7.2.4 for old clients. */
  get server(): { product: "Redis" | "Valkey"; version: string } | null {
    const valkey = this.text("valkey_version");
    if (valkey) return { product: "Valkey", version: valkey };
    const redis = this.text("redis_version");
    return redis ? { product: "Redis", version: redis } : null;
  }
}

function parseInfo(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0 && !line.startsWith("#")) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

/** One connected client as CLIENT LIST tells it; `name` is empty when it set none. */
export interface RedisClient {
  id: string;
  name: string;
  addr: string;
  command: string;
  /** The library it names, with its version; servers before Redis 7.2 do not keep it. */
  library: string | null;
  ageSeconds: number | null;
  idleSeconds: number | null;
}

export function parseClientList(text: string): RedisClient[] {
  return text
    .split("\n")
    .filter((line) => line.length > 0)
    .map((line) => {
      const fields = parsePairs(line, " ");
      return {
        id: fields.id ?? "",
        name: fields.name ?? "",
        addr: fields.addr ?? "",
        command: fields.cmd ?? "",
        library: [fields["lib-name"], fields["lib-ver"]].filter(Boolean).join(" ") || null,
        ageSeconds: toNumber(fields.age),
        idleSeconds: toNumber(fields.idle),
      };
    });
}

function parsePairs(text: string, separator: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const part of text.split(separator)) {
    const equals = part.indexOf("=");
    // A client name may itself hold `=`: only the first one divides.
    if (equals > 0) pairs[part.slice(0, equals)] = part.slice(equals + 1);
  }
  return pairs;
}

function toNumber(text: string | undefined): number | null {
  return text === undefined || text === "" || !Number.isFinite(Number(text)) ? null : Number(text);
}
