export interface Leaf {
  /** Dotted keys, without the indexes of arrays. */
  path: string;
  value: string;
}

/** A bracket that is open. */
interface Bracket {
  isObject: boolean;
  /** Where the object or array stands, and where its current value does. */
  base: string;
  path: string;
}

/** Deeper values have a path that nobody types. */
const MAX_DEPTH = 64;
/** Between two values, then a bracket, the beginning of a string, or a bare value with its digits as they are written. */
const TOKEN = /[\s,:]*([{}[\]"]|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y;

/**
 * The first leaves of a JSON text, in its own order; `whole` when there are no others. It reads no further than it must, so a large
 * text costs no more than a small one. Where the text stops being JSON, or goes too deep, the leaves end.
 */
export function jsonLeaves(text: string, max: number): { leaves: Leaf[]; whole: boolean } {
  const leaves: Leaf[] = [];
  const open: Bracket[] = [];
  let keyIsNext = false;
  for (let at = 0; leaves.length < max && open.length <= MAX_DEPTH;) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) break;
    at = TOKEN.lastIndex;
    const top = open.at(-1);
    if (token === "{" || token === "[") {
      const path = top?.path ?? "";
      open.push({ isObject: token === "{", base: path, path });
    } else if (token === "}" || token === "]") open.pop();
    else {
      const end = token === '"' ? endOfString(text, at) : at;
      if (end === null) break;
      const value = token === '"' ? unquote(text.slice(at - 1, end)) : token;
      at = end;
      if (keyIsNext && top) {
        top.path = top.base === "" ? value : `${top.base}.${value}`;
        keyIsNext = false;
        continue;
      }
      leaves.push({ path: top?.path ?? "", value });
    }
    if (open.length === 0) return { leaves, whole: true };
    keyIsNext = open.at(-1)?.isObject === true;
  }
  return { leaves, whole: false };
}

/** Behind the closing quote; null when there is none. */
function endOfString(text: string, start: number): number | null {
  for (let quote = text.indexOf('"', start); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text[quote - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return quote + 1;
  }
  return null;
}

function unquote(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    // Control characters that JSON does not allow: somebody else's serialiser.
    return quoted.slice(1, -1);
  }
}
