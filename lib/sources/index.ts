import { bullmqSource } from "./bullmq/kind.ts";
import { bullmqPostgresSource } from "./bullmq-postgres/kind.ts";
import { newCost } from "./cost.ts";
import type {
  OpenSource,
  ProbeResult,
  SourceConfig,
  SourceDefinition,
  SourceKind,
} from "./define.ts";
import { SourceError } from "./errors.ts";
import { postgresSource } from "./postgres/kind.ts";
import { redisSource } from "./redis/kind.ts";

/** The registry: adding a kind is one folder and one line here. */
export const sourceDefinitions: { readonly [K in SourceKind]: SourceDefinition<K> } = {
  postgres: postgresSource,
  redis: redisSource,
  bullmq: bullmqSource,
  bullmq_postgres: bullmqPostgresSource,
};

/**
 * Connects with the rights in the configuration, probes them, and keeps the connection open; the caller closes it with
 * `source.conn.close()`. Throws `SourceError` when the target cannot be reached or must not be used with these rights.
 */
export async function openSource<Config extends SourceConfig>(
  config: Config,
  id: string,
): Promise<OpenSource<Config["kind"]>> {
  const { probe, conn, cost } = await connectAndProbe(config);
  try {
    const { name, kind, labels, intervalMs } = config;
    const source = { id, name, kind, labels, intervalMs, ...findings(probe), conn, cost };
    return source as OpenSource as OpenSource<Config["kind"]>;
  } catch (error) {
    await conn.close();
    throw error;
  }
}

/**
 * The same connection with fresh findings: rights and versions change while it is open. Throws as `openSource` does, but
 * leaves the connection to its owner.
 */
export async function reprobeSource(source: OpenSource, config: SourceConfig): Promise<OpenSource> {
  const probe = await definitionOf(config).probe(source.conn, config);
  return { ...source, ...findings(probe) } as OpenSource;
}

/** Looks at a source once and leaves nothing open: what the doctor does. */
export async function inspectSource(config: SourceConfig): Promise<ProbeResult> {
  const { probe, conn } = await connectAndProbe(config);
  await conn.close();
  return probe;
}

function findings(probe: ProbeResult) {
  if (probe.refusal !== null) throw new SourceError("permission", probe.refusal);
  const capabilities = new Set(probe.capabilities.filter((one) => one.ok).map((one) => one.id));
  return { serverVersion: probe.serverVersion, capabilities, probe };
}

async function connectAndProbe(config: SourceConfig) {
  const cost = newCost();
  const conn = definitionOf(config).connect(config, cost);
  try {
    return { probe: await definitionOf(config).probe(conn, config), conn, cost };
  } catch (error) {
    await conn.close();
    throw error;
  }
}

/** The compiler cannot see that the kind of `config` and of its definition are one and the same. */
function definitionOf(config: SourceConfig): SourceDefinition<SourceKind> {
  return sourceDefinitions[config.kind] as unknown as SourceDefinition<SourceKind>;
}
