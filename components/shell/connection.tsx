"use client";
import type { Connection, Live } from "#components/shell/use-live.ts";
import { StatusDot } from "#components/data/status-dot.tsx";
import { setAppearance, useAppearance, type Appearance } from "#components/ui/appearance.ts";
import { Popover } from "#components/ui/popover.tsx";
import { Segmented, type Segment } from "#components/ui/segmented.tsx";
import type { Tone } from "#components/ui/tone.ts";

const choices: readonly Segment<Appearance["refresh"]>[] = [
  { value: "live", label: "Live" },
  { value: "5", label: "5 s" },
  { value: "15", label: "15 s" },
  { value: "60", label: "60 s" },
  { value: "off", label: "Off" },
];

const states: Record<Connection, { tone: Tone; word: string; about: string }> = {
  live: { tone: "ok", word: "Live", about: "Screens change as soon as something is collected." },
  connecting: {
    tone: "neutral",
    word: "Connecting …",
    about: "Waiting for the live stream; until then screens ask every 15 s.",
  },
  polling: { tone: "neutral", word: "Polling", about: "Screens ask again at the chosen pace." },
  off: {
    tone: "unknown",
    word: "Paused",
    about: "Screens stay as they are until you reload them.",
  },
  offline: {
    tone: "crit",
    word: "Offline",
    about: "This browser has no network. Screens show the last known state.",
  },
};

/** Whether screens are live, and the choice how they stay current. */
export function ConnectionControl({ live }: { live: Live }) {
  const { connection, seconds } = live;
  const { refresh } = useAppearance();
  const { tone, word, about } = states[connection];
  const text = connection === "polling" ? `Every ${seconds} s` : word;
  const explanation =
    refresh === "live" && connection === "polling"
      ? `The live stream is not connected; asking every ${seconds} s until it is back.`
      : about;
  return (
    <Popover
      label={`Updates: ${text}`}
      iconOnly
      size="sm"
      variant="ghost"
      side="top"
      trigger={
        <>
          <StatusDot tone={tone} />
          <span data-nav-label="">{text}</span>
        </>
      }
    >
      <div className="flex w-64 flex-col gap-2">
        <Segmented
          label="How screens stay current"
          value={refresh}
          options={choices}
          onValueChange={(next) => setAppearance({ refresh: next })}
        />
        <p className="text-xs text-muted">{explanation}</p>
      </div>
    </Popover>
  );
}
