import { hash } from "node:crypto";
import { jsonLeaves } from "./json-leaves.ts";

/** Leaves of one payload that can be searched for; what stands further back in it cannot. */
const MAX_LEAVES = 200;
const MAX_LOOKED_AT = 256 * 1024;
/** Nobody types a longer value. */
const MAX_VALUE = 1_000;

/**
 * What a payload can be found by: hashes of `path=value` and of `=value` for each leaf. A path is dotted keys without the
 * indexes of arrays (`items.sku`); a value is a number's digits as they are written, a string itself, or true, false, null.
 * What is not JSON has none.
 */
export function fieldsOf(payload: string): bigint[] {
  const found = new Set<bigint>();
  for (const { path, value } of jsonLeaves(payload.slice(0, MAX_LOOKED_AT), MAX_LEAVES)) {
    if (value.length > MAX_VALUE) continue;
    found.add(fieldHash(path, value));
    found.add(fieldHash(null, value));
  }
  return [...found];
}

/** The hash that a payload with this value holds: below `path`, or anywhere when it is null. A signed 64-bit number. */
export function fieldHash(path: string | null, value: string): bigint {
  return hash("sha256", `${path ?? ""}=${value}`, "buffer").readBigInt64BE(0);
}
