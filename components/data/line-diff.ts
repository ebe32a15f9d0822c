/** One line of a difference: kept, taken away or added. */
export interface DiffLine {
  kind: "same" | "old" | "new";
  text: string;
}

/** A larger middle is shown as replaced whole: nobody reads such a difference line by line, and it would hold the page up. */
const MOST_CELLS = 4_000_000;

/** The shortest difference between two texts, line by line. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  const rest = Math.min(a.length, b.length) - head;
  while (tail < rest && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  return [
    ...lines("same", a.slice(0, head)),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...lines("same", a.slice(a.length - tail)),
  ];
}

const lines = (kind: DiffLine["kind"], texts: readonly string[]): DiffLine[] =>
  texts.map((text) => ({ kind, text }));

/** By the longest common subsequence. */
function middle(a: readonly string[], b: readonly string[]): DiffLine[] {
  if (a.length * b.length > MOST_CELLS) return [...lines("old", a), ...lines("new", b)];
  const common = commonLengths(a, b);
  const width = b.length + 1;
  const out: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ kind: "same", text: a[i]! });
      i += 1;
      j += 1;
    } else if (
      j === b.length ||
      (i < a.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)
    ) {
      out.push({ kind: "old", text: a[i]! });
      i += 1;
    } else {
      out.push({ kind: "new", text: b[j]! });
      j += 1;
    }
  }
  return out;
}

/** At `i * width + j`: how many lines `a` from `i` and `b` from `j` have in common. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  return lengths;
}

/** A run of lines, or how many unchanged ones are left out. */
export interface DiffPart {
  lines: DiffLine[];
  skipped: number;
}

const CONTEXT = 3;

/** What changed with a few lines around it; long unchanged stretches become their length. */
export function folded(diff: readonly DiffLine[]): DiffPart[] {
  const near = new Set<number>();
  diff.forEach((line, at) => {
    if (line.kind === "same") return;
    for (let step = -CONTEXT; step <= CONTEXT; step += 1) near.add(at + step);
  });
  const parts: DiffPart[] = [];
  diff.forEach((line, at) => {
    const last = parts.at(-1);
    if (near.has(at)) {
      if (last && last.skipped === 0) last.lines.push(line);
      else parts.push({ lines: [line], skipped: 0 });
    } else if (last && last.skipped > 0) last.skipped += 1;
    else parts.push({ lines: [], skipped: 1 });
  });
  return parts;
}
