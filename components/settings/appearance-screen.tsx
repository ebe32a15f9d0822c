"use client";
import { setAppearance, useAppearance, type Appearance } from "#components/ui/appearance.ts";
import { Card } from "#components/ui/card.tsx";
import { Segmented, type Segment } from "#components/ui/segmented.tsx";

type Key = keyof Appearance;

interface Choice<K extends Key> {
  key: K;
  title: string;
  about: string;
  options: readonly Segment<Appearance[K]>[];
}

const THEME: Choice<"theme"> = {
  key: "theme",
  title: "Theme",
  about: "System follows your computer.",
  options: [
    { value: "system", label: "System" },
    { value: "light", label: "Light" },
    { value: "dark", label: "Dark" },
  ],
};

const DENSITY: Choice<"density"> = {
  key: "density",
  title: "Density",
  about: "The height of table rows.",
  options: [
    { value: "compact", label: "Compact" },
    { value: "normal", label: "Normal" },
    { value: "relaxed", label: "Relaxed" },
  ],
};

const REFRESH: Choice<"refresh"> = {
  key: "refresh",
  title: "Refresh",
  about:
    "Live updates a screen when its data changes; without a connection it asks again by itself.",
  options: [
    { value: "live", label: "Live" },
    { value: "5", label: "5 s" },
    { value: "15", label: "15 s" },
    { value: "60", label: "60 s" },
    { value: "off", label: "Off" },
  ],
};

const SHORTCUTS: Choice<"shortcuts"> = {
  key: "shortcuts",
  title: "Single-key shortcuts",
  about: "Turn them off if you dictate or use a switch; ⌘K and Tab always work.",
  options: [
    { value: "on", label: "On" },
    { value: "off", label: "Off" },
  ],
};

/** How the console looks and keeps current, for this browser. */
export function AppearanceScreen() {
  return (
    <Card className="max-w-2xl divide-y divide-line">
      <Setting choice={THEME} />
      <Setting choice={DENSITY} />
      <Setting choice={REFRESH} />
      <Setting choice={SHORTCUTS} />
    </Card>
  );
}

function Setting<K extends Key>({ choice }: { choice: Choice<K> }) {
  const appearance = useAppearance();
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 p-3">
      <div className="min-w-0">
        <h2 className="text-sm font-semibold">{choice.title}</h2>
        <p className="text-sm text-muted">{choice.about}</p>
      </div>
      <Segmented
        label={choice.title}
        value={appearance[choice.key]}
        options={choice.options}
        onValueChange={(value) => setAppearance({ [choice.key]: value } as Partial<Appearance>)}
      />
    </div>
  );
}
