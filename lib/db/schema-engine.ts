import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  DriverAdapterError,
} from "@prisma/driver-adapter-utils";
import type { SchemaEngine } from "@prisma/schema-engine-wasm";
import pg from "pg";

/** Hands Prisma's own schema engine, as WebAssembly, to `use`. Unlike the native engine it needs no download. */
export async function withSchemaEngine<T>(
  databaseUrl: string,
  use: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const { SchemaEngine } = await loadEngine();
  const pool = new CatalogPool({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 5_000,
    application_name: "plumbline migrate",
  });
  pool.on("error", () => {});
  try {
    const engine = await SchemaEngine.new(
      { datamodels: undefined },
      () => {},
      bindMigrationAwareSqlAdapterFactory(new EngineAdapter(pool)),
    );
    return await use(engine);
  } finally {
    // Also gives back the advisory lock that the engine holds while it migrates.
    await pool.end();
  }
}

/** Prisma's adapter for Postgres, mended in the two places that the schema engine needs. */
class EngineAdapter extends PrismaPg {
  override async connect() {
    const adapter = await super.connect();
    const pool = adapter.underlyingDriver() as CatalogPool;
    // A migration goes to the server in one piece: all of it or nothing. The adapter would cut it at every semicolon, also
    // inside comments and function bodies, and commit the pieces one by one.
    adapter.executeScript = async (script) => {
      await pool.query(script).catch(failScript);
    };
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (query) => {
      const result = await queryRaw(query);
      const columnTypes = result.columnTypes.map((type, i) =>
        pool.charColumns.has(i) ? ColumnTypeEnum.Character : type,
      );
      return { ...result, columnTypes };
    };
    return adapter;
  }
}

function failScript({
  code = "",
  severity = "",
  message,
  detail,
  column,
  hint,
}: pg.DatabaseError): never {
  throw new DriverAdapterError({ kind: "postgres", code, severity, message, detail, column, hint });
}

/** The adapter refuses the catalogs' type "char": pass it on as text, and remember which columns of the last result it was. */
class CatalogPool extends pg.Pool {
  charColumns = new Set<number>();

  // pg declares a dozen overloads; the adapter uses the one that promises a result.
  override query = (async (...args: Parameters<typeof pg.Pool.prototype.query>) => {
    const { fields = [], ...rest } = (await super.query(...args)) as unknown as pg.QueryResult;
    this.charColumns = new Set(
      fields.flatMap((field, i) => (field.dataTypeID === pg.types.builtins.CHAR ? [i] : [])),
    );
    for (const i of this.charColumns) fields[i]!.dataTypeID = pg.types.builtins.TEXT;
    return { ...rest, fields };
  }) as unknown as typeof pg.Pool.prototype.query;
}

type EngineModule = typeof import("@prisma/schema-engine-wasm") & {
  __wbg_set_wasm(exports: WebAssembly.Exports): void;
};

let loaded: Promise<EngineModule> | undefined;

/** The package's entry point expects a bundler that imports .wasm files, so the module is put together by hand. */
function loadEngine(): Promise<EngineModule> {
  loaded ??= instantiate();
  return loaded;
}

async function instantiate(): Promise<EngineModule> {
  const script = createRequire(import.meta.url).resolve(
    "@prisma/schema-engine-wasm/schema_engine_bg",
  );
  const glue = (await import("@prisma/schema-engine-wasm/schema_engine_bg")) as EngineModule;
  const bytes = await readFile(script.replace(/\.js$/, ".wasm"));
  const { instance } = await WebAssembly.instantiate(bytes, {
    "./schema_engine_bg.js": importsOf(glue),
  });
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports["__wbindgen_start"] as () => void)();
  return glue;
}

/** The engine never clears the timer of its lock's 10 s limit; unless it is let go, the process would wait for it. */
function importsOf(glue: EngineModule): WebAssembly.ModuleImports {
  const imports = { ...glue } as unknown as Record<string, WebAssembly.ImportValue>;
  const setTimer = Object.keys(imports).find((name) => name.startsWith("__wbg_setTimeout_"));
  if (setTimer)
    imports[setTimer] = (callback: () => void, ms: number) => setTimeout(callback, ms).unref();
  return imports;
}
