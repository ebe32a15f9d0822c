import { gzipSync } from "node:zlib";
import { attach, SCREENS } from "./running.ts";
import { report } from "./report.ts";

// The JavaScript a browser must fetch before each screen works, gzipped, beside what every page of the framework needs.

const KB = 1000;
const FIRST_SCREEN_KB = 175;
const ANY_SCREEN_KB = 260;

const running = await attach();
const sizes = new Map<string, number>();
const floorScripts = await scriptsOf("/no-such-page");
const floor = await weigh(floorScripts);
for (const [index, screen] of SCREENS.entries()) {
  report({
    figure: `first_load_js.${screen}`,
    value: await weigh(await scriptsOf(screen)),
    unit: "kB gzip",
    beside: { what: "the not-found page", value: floor },
    goal: index === 0 ? FIRST_SCREEN_KB : ANY_SCREEN_KB,
  });
}
await running.close();

/** The script addresses in the page's first HTML; `noModule` ones are never fetched by a current browser. */
async function scriptsOf(path: string): Promise<string[]> {
  const html = await (
    await fetch(running.url + path, { headers: { cookie: running.cookie } })
  ).text();
  const tags = [...html.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
  const current = tags.filter((tag) => !/\bnomodule\b/i.test(tag));
  return [...new Set(current.flatMap((tag) => /\bsrc="([^"]+)"/.exec(tag)?.[1] ?? []))];
}

async function weigh(scripts: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const script of scripts) bytes += await sizeOf(script);
  return bytes / KB;
}

async function sizeOf(script: string): Promise<number> {
  const known = sizes.get(script);
  if (known !== undefined) return known;
  const body = await (await fetch(running.url + script)).arrayBuffer();
  const size = gzipSync(new Uint8Array(body)).length;
  sizes.set(script, size);
  return size;
}
