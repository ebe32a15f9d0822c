/** What a colour means. A tone never stands alone: every user of it also shows a word or a shape. */
export type Tone = "neutral" | "accent" | "ok" | "warn" | "crit" | "unknown";

export const toneText: Record<Tone, string> = {
  neutral: "text-muted",
  accent: "text-accent",
  ok: "text-ok",
  warn: "text-warn",
  crit: "text-crit",
  unknown: "text-faint",
};

export const toneSoft: Record<Tone, string> = {
  neutral: "bg-hover text-muted border-line",
  accent: "bg-accent-soft text-accent border-transparent",
  ok: "bg-ok-soft text-ok border-transparent",
  warn: "bg-warn-soft text-warn border-transparent",
  crit: "bg-crit-soft text-crit border-transparent",
  unknown: "bg-transparent text-muted border-dashed border-line-strong",
};
