import { formatDuration, formatInteger, formatPercent } from "#components/data/format.ts";
import { Meter } from "#components/data/meter.tsx";
import { Panel } from "#components/data/panel.tsx";
import type { CacheDetail, RedisFacts } from "#lib/signals/caches/schema.ts";

const SHOWN_COMMANDS = 12;

/** What a Redis' one ratio is made of: the commands that look keys up, and the logical databases. */
export function RedisPanels({ cache }: { cache: CacheDetail }) {
  const { redis } = cache;
  if (!redis) return null;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <Panel title="Lookups by command" hint="Redis counts their hits and misses together." flush>
        <Commands commands={redis.commands} />
      </Panel>
      <Panel title="Keys by logical database" hint="The ratio is of all of them." flush>
        <Databases databases={redis.databases} />
      </Panel>
    </div>
  );
}

const frame = "scroll-thin overflow-x-auto";
const table = "w-full text-sm";
const head = "text-left text-xs text-muted";
const cell = "h-row px-3 whitespace-nowrap";
const number = `${cell} tabular text-right`;
const line = "border-t border-line";
const quiet = "p-3 text-sm text-muted";

function Commands({ commands }: Pick<RedisFacts, "commands">) {
  if (commands === null) return <p className={quiet}>Unknown: INFO commandstats is not allowed.</p>;
  if (commands.length === 0) return <p className={quiet}>Nothing was looked up in this time.</p>;
  const all = commands.reduce((sum, { calls }) => sum + calls, 0);
  return (
    <div className={frame}>
      <table className={table}>
        <thead className={head}>
          <tr>
            <th className={cell}>Command</th>
            <th className={cell}>Share of calls</th>
            <th className={number}>Calls</th>
            <th className={`${number} max-sm:hidden`}>Per call</th>
          </tr>
        </thead>
        <tbody>
          {commands.slice(0, SHOWN_COMMANDS).map(({ command, calls, msPerCall }) => (
            <tr key={command} className={line}>
              <td className={`${cell} font-mono text-xs`}>{command.toUpperCase()}</td>
              <td className={cell}>
                <Meter
                  label={`Share of ${command}`}
                  ratio={calls / all}
                  text={formatPercent(calls / all)}
                  className="w-28"
                />
              </td>
              <td className={number}>{formatInteger(calls)}</td>
              <td className={`${number} max-sm:hidden`}>{formatDuration(msPerCall)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Databases({ databases }: Pick<RedisFacts, "databases">) {
  if (databases.length === 0) return <p className={quiet}>There are no keys.</p>;
  return (
    <div className={frame}>
      <table className={table}>
        <thead className={head}>
          <tr>
            <th className={cell}>Database</th>
            <th className={number}>Keys</th>
            <th className={number} title="With a time to live">
              Expiring
            </th>
            <th className={number}>Mean time left</th>
          </tr>
        </thead>
        <tbody>
          {databases.map(({ database, keys, expiring, meanTtlMs }) => (
            <tr key={database} className={line}>
              <td className={cell}>{database}</td>
              <td className={number}>{formatInteger(keys)}</td>
              <td className={number}>{formatInteger(expiring)}</td>
              <td className={number}>{formatDuration(meanTtlMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
