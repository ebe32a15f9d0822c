import { isInAppFrame } from "#lib/sources/bullmq/stack.ts";
import { normalise } from "#lib/core/normalise.ts";

/** Frames further down tell no more about the cause. */
const MAX_LOOKED_AT = 64 * 1024;
const MAX_LINE = 1_000;
const MAX_FRAME = 200;

/**
 * The first frame of the application's own code, without line, column and whatever differs from machine to machine and from
 * release to release: `charge (src/payments/charge.ts)`. Null when there is none.
 */
export function firstInAppFrame(stack: string | null): string | null {
  if (stack === null) return null;
  const looked = stack.slice(0, MAX_LOOKED_AT);
  for (let from = 0; from >= 0 && from < looked.length;) {
    const end = looked.indexOf("\n", from);
    const line = looked.slice(from, end < 0 ? undefined : Math.min(end, from + MAX_LINE));
    if (isInAppFrame(line)) return parse(line);
    from = end < 0 ? -1 : end + 1;
  }
  return null;
}

function parse(line: string): string {
  const text = line.trim().replace(/^at\s+(?:async\s+)?/, "");
  const called = /^(.{1,300}?) \((.{1,600})\)$/.exec(text);
  const file = fileOf(called?.[2] ?? text);
  const name = called?.[1]?.replace(/\s+\[as .{1,100}\]$/, "");
  return (name ? `${stable(name)} (${file})` : file).slice(0, MAX_FRAME);
}

/** Where the source of most projects begins: what stands before it depends on the machine. */
const ROOTS = new Set(["src", "dist", "build", "lib", "out", "packages"]);
const KEPT_WITHOUT_ROOT = 2;

function fileOf(location: string): string {
  const path = location
    .replace(/^(?:file|webpack(?:-internal)?):\/{2,3}/, "")
    .replace(/(?::\d{1,9}){1,2}$/, "")
    .replace(/[?#].*$/, "");
  const segments = path.split(/[\\/]+/).filter(Boolean);
  const root = segments.findLastIndex(
    (segment, at) => ROOTS.has(segment) && at < segments.length - 1,
  );
  return segments
    .slice(root >= 0 ? root : -KEPT_WITHOUT_ROOT)
    .map(stable)
    .join("/");
}

/** Bundlers put a hash into names: `chunk-4F3A2B.js`. */
const stable = (segment: string): string => normalise(segment).template;
