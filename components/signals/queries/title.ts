/** A statement in two or three words, for headings: "SELECT from payment". */
export function titleOf(kind: string | null, text: string | null): string {
  if (text === null) return "Statement without text";
  const verb = kind === null || kind === "UTILITY" ? firstWords(text) : kind;
  const table = /\b(from|into|update|only)\s+("[^"]+"|[\w.]+)/i.exec(text);
  if (!table || kind === "UTILITY") return verb;
  const word = table[1]!.toLowerCase();
  return word === "update" || word === "only"
    ? `${verb} ${table[2]}`
    : `${verb} ${word} ${table[2]}`;
}

function firstWords(text: string): string {
  return text.trim().split(/\s+/).slice(0, 3).join(" ");
}
