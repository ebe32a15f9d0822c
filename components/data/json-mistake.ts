/** Where a text stops being JSON, for people: line and column count from one. */
export interface JsonMistake {
  line: number;
  column: number;
  message: string;
}

const SPACE = /[ \t\n\r]*/y;
// oxlint-disable-next-line no-control-regex -- JSON forbids exactly these inside a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)/y;

type Expected = "value" | "value or ]" | "key" | "key or }" | ":" | ", or ]" | ", or }" | "end";

const WORDS: Record<Expected, string> = {
  value: "a value is missing here",
  "value or ]": "a value or ] is missing here",
  key: 'a name in double quotes is missing here, as in "name"',
  "key or }": 'a name in double quotes, as in "name", or } is missing here',
  ":": "a : is missing here",
  ", or ]": "a , or ] is missing here",
  ", or }": "a , or } is missing here",
  end: "the text should have ended here",
};

/** The first mistake of a text that should be JSON, or null when it is JSON. Reads it as text: no number is converted. */
export function jsonMistake(text: string): JsonMistake | null {
  const open: ("]" | "}")[] = [];
  let expected: Expected = "value";
  let at = match(SPACE, text, 0)!;
  const closed = (): Expected =>
    open.length === 0 ? "end" : open.at(-1) === "]" ? ", or ]" : ", or }";
  while (at < text.length) {
    const end = step();
    if (end === null) return { ...position(text, at), message: whatIsWrong(text, at, expected) };
    at = match(SPACE, text, end)!;
  }
  // The assignments in the functions below are invisible to the compiler here.
  return (expected as Expected) === "end"
    ? null
    : { ...position(text, at), message: WORDS[expected] };

  /** Takes one token; answers where it ends, or null when it does not belong there. */
  function step(): number | null {
    const char = text[at]!;
    if ((char === "]" || char === "}") && expected.endsWith(`or ${char}`)) {
      open.pop();
      expected = closed();
      return at + 1;
    }
    if (expected === ":") return char === ":" ? take("value") : null;
    if (expected === ", or ]") return char === "," ? take("value") : null;
    if (expected === ", or }") return char === "," ? take("key") : null;
    if (expected.startsWith("key")) return moveOn(match(STRING, text, at), ":");
    return expected.startsWith("value") ? value(char) : null;
  }

  function value(char: string): number | null {
    if (char === "[" || char === "{") {
      open.push(char === "[" ? "]" : "}");
      return take(char === "[" ? "value or ]" : "key or }");
    }
    return moveOn(match(STRING, text, at) ?? match(SCALAR, text, at), closed());
  }

  function take(next: Expected): number {
    expected = next;
    return at + 1;
  }

  function moveOn(end: number | null, next: Expected): number | null {
    if (end !== null) expected = next;
    return end;
  }
}

/** Where the pattern ends when it matches just here. */
function match(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

/** The usual slips by name; otherwise what is missing. */
function whatIsWrong(text: string, at: number, expected: Expected): string {
  const char = text[at];
  if (char === "'") return "JSON wants double quotes, not single ones";
  if (char === '"' && (expected.startsWith("value") || expected.startsWith("key")))
    return "this text in quotes does not end, or holds a line break or a bad escape";
  if ((char === "]" || char === "}") && (expected === "value" || expected === "key"))
    return "nothing may stand between the last , and this bracket: take the , away";
  return WORDS[expected];
}

function position(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
