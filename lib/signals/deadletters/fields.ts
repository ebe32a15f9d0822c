import { jsonLeaves } from "./json-leaves.ts";

/** Leaves of one payload that can be searched for; what stands further back in it cannot. */
export const MAX_LEAVES = 200;
const MAX_LOOKED_AT = 256 * 1024;
/** Nobody types a longer value. */
const MAX_VALUE = 1_000;

/**
 * What a payload can be found by: hashes of `path=value` and of `=value` for each leaf. A path is dotted keys without the
 * indexes of arrays (`items.sku`); a value is a number's digits as they are written, a string itself, or true, false, null.
 * What is not JSON has none. Where there may be others, `CUT_FIELD` is among them.
 */
export function fieldsOf(payload: string): bigint[] {
  const found = new Set<bigint>();
  const { leaves, whole } = jsonLeaves(payload.slice(0, MAX_LOOKED_AT), MAX_LEAVES + 1);
  for (const { path, value } of leaves.slice(0, MAX_LEAVES)) {
    if (value.length > MAX_VALUE) continue;
    found.add(fieldHash(path, value));
    found.add(fieldHash(null, value));
  }
  if (!whole && payload !== "") found.add(CUT_FIELD);
  return [...found];
}

/** The hash that a payload with this value holds: below `path`, or anywhere when it is null. A signed 64-bit number. */
export const fieldHash = (path: string | null, value: string): bigint =>
  hash64(`${path ?? ""}=${value}`);

const words = new DataView(new ArrayBuffer(8));

/**
 * Two multiplicative hashes of 32 bits, mixed as MurmurHash3 ends: every leaf of every payload is hashed twice, and a cryptographic
 * hash would cost more than all the rest of reading a failure.
 */
function hash64(text: string): bigint {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    a = Math.imul(a ^ unit, 2_654_435_761);
    b = Math.imul(b ^ unit, 1_597_334_677);
  }
  const low = mix(a) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  const high = mix(b) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  words.setInt32(0, high);
  words.setInt32(4, low);
  return words.getBigInt64(0);
}

const mix = (word: number): number => Math.imul(word ^ (word >>> 16), 2_246_822_507);

/** Among the fields of a payload that holds more than they tell; no `path=value` reads like it. */
export const CUT_FIELD = hash64("cut");
