import { bullmqSource } from "./bullmq/kind.ts";
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
  if (probe.refusal !== null) {
    await conn.close();
    throw new SourceError("permission", probe.refusal);
  }
  const { name, kind, labels, intervalMs } = config;
  const capabilities = new Set(probe.capabilities.filter((one) => one.ok).map((one) => one.id));
  const source = {
    id,
    name,
    kind,
    labels,
    intervalMs,
    serverVersion: probe.serverVersion,
    capabilities,
    probe,
    conn,
    cost,
  };
  return source as OpenSource as OpenSource<Config["kind"]>;
}

/** Looks at a source once and leaves nothing open: what the doctor does. */
export async function inspectSource(config: SourceConfig): Promise<ProbeResult> {
  const { probe, conn } = await connectAndProbe(config);
  await conn.close();
  return probe;
}

async function connectAndProbe(config: SourceConfig) {
  // The compiler cannot see that the kind of `config` and of the definition are one and the same.
  const definition = sourceDefinitions[config.kind] as unknown as SourceDefinition<SourceKind>;
  const cost = newCost();
  const conn = definition.connect(config, cost);
  try {
    return { probe: await definition.probe(conn, config), conn, cost };
  } catch (error) {
    await conn.close();
    throw error;
  }
}
