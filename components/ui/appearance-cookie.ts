/** A person's look of the console, kept in one cookie, so that the server renders it and nothing flashes. */
export interface Appearance {
  theme: "system" | "light" | "dark";
  density: "compact" | "normal" | "relaxed";
  nav: "open" | "icons";
  /** Single-key shortcuts can be turned off (WCAG 2.1.4). */
  shortcuts: "on" | "off";
  /** How screens stay current: pushed by the server, or asked for every so many seconds, or not at all. */
  refresh: "live" | "5" | "15" | "60" | "off";
}
export type Density = Appearance["density"];

export const APPEARANCE_COOKIE = "plumbline_appearance";
export const DEFAULT_APPEARANCE: Appearance = {
  theme: "system",
  density: "normal",
  nav: "open",
  shortcuts: "on",
  refresh: "live",
};

const CHOICES: { [Key in keyof Appearance]: readonly Appearance[Key][] } = {
  theme: ["system", "light", "dark"],
  density: ["compact", "normal", "relaxed"],
  nav: ["open", "icons"],
  shortcuts: ["on", "off"],
  refresh: ["live", "5", "15", "60", "off"],
};

/** Reads `theme.density.nav.shortcuts.refresh`; anything unexpected becomes its default. */
export function parseAppearance(cookie: string | undefined): Appearance {
  const parts = (cookie ?? "").split(".");
  const keys = Object.keys(CHOICES) as (keyof Appearance)[];
  const chosen = keys.map((key, at) => [
    key,
    (CHOICES[key] as readonly string[]).includes(parts[at] ?? "")
      ? parts[at]
      : DEFAULT_APPEARANCE[key],
  ]);
  return Object.fromEntries(chosen) as unknown as Appearance;
}

export function serializeAppearance(appearance: Appearance): string {
  return (Object.keys(CHOICES) as (keyof Appearance)[]).map((key) => appearance[key]).join(".");
}

/** Attributes of <html>; the style sheet follows them. */
export function appearanceAttributes({
  theme,
  density,
  nav,
}: Appearance): Record<string, string | undefined> {
  return {
    "data-theme": theme === "system" ? undefined : theme,
    "data-density": density,
    "data-nav": nav,
  };
}
