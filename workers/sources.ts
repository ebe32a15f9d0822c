import { env } from "#lib/config/env.ts";
import { AppError } from "#lib/core/errors.ts";
import { canonicalJson } from "#lib/core/json.ts";
import { log } from "#lib/core/log.ts";
import { MINUTE } from "#lib/core/time.ts";
import { sql, transaction } from "#lib/db/sql.ts";
import { loadSources, sourcePaths } from "#lib/sources/config.ts";
import type { OpenSource, SourceConfig } from "#lib/sources/define.ts";
import { openSource, reprobeSource } from "#lib/sources/index.ts";
import { saveProbe, syncSources } from "#lib/sources/sync.ts";

/** Rights and versions change while we are connected; so often we look again. */
const REPROBE_MS = 10 * MINUTE;

interface Entry {
  config: SourceConfig;
  /** To notice changes of the configuration. */
  text: string;
  open: Promise<OpenSource> | null;
  probedAt: number;
}

/** The configured sources and the one connection this process holds to each. Only the worker has one of these. */
export class SourceSet {
  readonly #entries = new Map<string, Entry>();

  /** The configured sources by the id of their row. */
  get configs(): ReadonlyMap<string, SourceConfig> {
    return new Map([...this.#entries].map(([id, { config }]) => [id, config]));
  }

  /** Reads the source files again and follows them. When they are wrong it throws, and the sources stay as they were. */
  async reload(): Promise<void> {
    const configs = await loadSources(sourcePaths(env().PLUMBLINE_SOURCES), process.env);
    const { ids, added, disabled } = await transaction((tx) => syncSources(tx, configs));
    if (added.length > 0 || disabled.length > 0) log.info({ added, disabled }, "sources changed");
    const wanted = new Map(configs.map((config) => [ids.get(config.name) as string, config]));
    for (const [id, entry] of this.#entries) {
      const config = wanted.get(id);
      if (config && canonicalJson(config) === entry.text) wanted.delete(id);
      else this.#forget(id, entry);
    }
    for (const [id, config] of wanted) {
      this.#entries.set(id, { config, text: canonicalJson(config), open: null, probedAt: 0 });
    }
  }

  /** The open source; connects and probes when needed. Throws `not_found` or a `SourceError`. */
  async open(id: string): Promise<OpenSource> {
    const entry = this.#entries.get(id);
    if (!entry)
      throw new AppError("not_found", "This source is not in this worker's configuration");
    if (!entry.open) return this.#connect(entry, connect(entry.config, id));
    const current = entry.open;
    // In the background: whoever reads meanwhile goes by the last answer.
    if (Date.now() - entry.probedAt > REPROBE_MS) {
      this.#connect(
        entry,
        current.then((source) => probeAgain(source, entry.config)),
      ).catch(() => {});
    }
    return current;
  }

  #connect(entry: Entry, opening: Promise<OpenSource>): Promise<OpenSource> {
    entry.open = opening;
    entry.probedAt = Date.now();
    opening.catch(() => {
      if (entry.open === opening) entry.open = null;
    });
    return opening;
  }

  close(): void {
    for (const [id, entry] of this.#entries) this.#forget(id, entry);
  }

  #forget(id: string, entry: Entry): void {
    this.#entries.delete(id);
    this.#disconnect(entry);
  }

  #disconnect(entry: Entry): void {
    entry.open?.then((source) => source.conn.close()).catch(() => {});
    entry.open = null;
  }
}

async function connect(config: SourceConfig, id: string): Promise<OpenSource> {
  const source = await openSource(config, id);
  await saveProbe(sql, id, source.probe, new Date());
  return source;
}

/** The same connection with fresh capabilities. When the probe fails the connection is closed, and the next read opens a new one. */
async function probeAgain(source: OpenSource, config: SourceConfig): Promise<OpenSource> {
  try {
    const probed = await reprobeSource(source, config);
    await saveProbe(sql, source.id, probed.probe, new Date());
    return probed;
  } catch (error) {
    await source.conn.close();
    throw error;
  }
}
