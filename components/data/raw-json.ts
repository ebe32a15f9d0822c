/**
 * JSON as text, never as values: numbers beyond 2^53, `1.0` and escapes stay exactly as they were written.
 * Whitespace between tokens is the only thing that changes.
 */
export interface JsonToken {
  kind: "punctuation" | "key" | "string" | "number" | "literal";
  text: string;
}

const TOKEN =
  /\s*(?:([{}[\],:])|("(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))\s*/y;
const MAX_DEPTH = 400;

/** The tokens of a text, or null when it has a part that is no JSON token. Order is not checked here. */
export function tokenize(text: string): JsonToken[] | null {
  const tokens: JsonToken[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) return null;
    const [, punctuation, string, number, literal] = match;
    if (punctuation !== undefined) {
      const before = tokens.at(-1);
      if (punctuation === ":" && before?.kind === "string") before.kind = "key";
      tokens.push({ kind: "punctuation", text: punctuation });
    } else if (string !== undefined) tokens.push({ kind: "string", text: string });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else tokens.push({ kind: "literal", text: literal! });
  }
  return tokens;
}

export interface JsonLine {
  depth: number;
  tokens: JsonToken[];
  /** For a line that opens an object or array: the line that closes it. */
  closes: number | null;
  /** Entries inside, for the folded form. */
  entries: number;
}

/** The text laid out one entry per line, or null when it is not JSON (or nested beyond reason). */
export function layout(text: string): JsonLine[] | null {
  const tokens = tokenize(text);
  if (!tokens || !isJson(text)) return null;
  const lines: JsonLine[] = [{ depth: 0, tokens: [], closes: null, entries: 0 }];
  const open: number[] = [];
  const newLine = () => lines.push({ depth: open.length, tokens: [], closes: null, entries: 0 });
  tokens.forEach((token, at) => {
    if (token.kind !== "punctuation" || token.text === ":")
      return void lines.at(-1)!.tokens.push(token);
    if (token.text === ",") {
      lines.at(-1)!.tokens.push(token);
      lines[open.at(-1)!]!.entries += 1;
      return void newLine();
    }
    const opens = token.text === "{" || token.text === "[";
    const empty = opens ? isClosing(tokens[at + 1]) : isOpening(tokens[at - 1]);
    if (opens) {
      lines.at(-1)!.tokens.push(token);
      open.push(lines.length - 1);
      if (!empty) newLine();
      return;
    }
    const start = open.pop()!;
    if (!empty) {
      lines[start]!.entries += 1;
      newLine();
      lines[start]!.closes = lines.length - 1;
    }
    lines.at(-1)!.tokens.push(token);
  });
  return lines;
}

const isOpening = (token: JsonToken | undefined) => token?.text === "{" || token?.text === "[";
const isClosing = (token: JsonToken | undefined) => token?.text === "}" || token?.text === "]";

/** Checks the grammar with the platform's parser; its values are thrown away. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return depthOf(text) <= MAX_DEPTH;
  } catch {
    return false;
  }
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const token of tokenize(text) ?? []) {
    if (isOpening(token)) deepest = Math.max(deepest, ++depth);
    else if (isClosing(token)) depth -= 1;
  }
  return deepest;
}

/** Two-space indented text with every token untouched; what is not JSON comes back as it was. */
export function prettyJson(text: string): string {
  const lines = layout(text);
  if (!lines) return text;
  return lines
    .map(
      (line) =>
        "  ".repeat(line.depth) +
        line.tokens
          .map((token) => (token.text === ":" && token.kind === "punctuation" ? ": " : token.text))
          .join(""),
    )
    .join("\n");
}

/** Without whitespace between tokens, each of them untouched, as JSON.stringify writes; what is not JSON comes back as it was. */
export function compactJson(text: string): string {
  const tokens = isJson(text) ? tokenize(text) : null;
  return tokens ? tokens.map((token) => token.text).join("") : text;
}
