import type { Place } from "#components/shell/entries.tsx";
import type { PaletteCommand } from "#components/shell/palette-commands.ts";
import { setAppearance } from "#components/ui/appearance.ts";

/** What the palette always offers: every place, the look, help, sign out. */
export function shellCommands(
  entries: readonly Place[],
  act: { help: () => void; signOut: () => void },
): PaletteCommand[] {
  const places = entries.map((entry): PaletteCommand => ({
    id: entry.id,
    label: entry.title,
    group: "Go to",
    href: entry.href,
    keys: `g ${entry.hotkey}`,
  }));
  const settings = ["Sources", "Users", "Sessions", "Tokens", "Appearance"].map(
    (title): PaletteCommand => ({
      id: `settings-${title}`,
      label: `Settings: ${title}`,
      group: "Go to",
      href: `/settings/${title.toLowerCase()}`,
    }),
  );
  const redrives: PaletteCommand = {
    id: "redrives",
    label: "Redrives",
    group: "Go to",
    keywords: "dead letters bulk retry replay",
    href: "/dead-letters/redrives",
  };
  const look: PaletteCommand[] = [
    {
      id: "dark",
      label: "Dark theme",
      group: "Look",
      keywords: "appearance mode night",
      run: () => setAppearance({ theme: "dark" }),
    },
    {
      id: "light",
      label: "Light theme",
      group: "Look",
      keywords: "appearance mode day",
      run: () => setAppearance({ theme: "light" }),
    },
    {
      id: "system",
      label: "Theme as the system",
      group: "Look",
      keywords: "appearance mode auto",
      run: () => setAppearance({ theme: "system" }),
    },
    {
      id: "compact",
      label: "Compact rows",
      group: "Look",
      keywords: "density table",
      run: () => setAppearance({ density: "compact" }),
    },
    {
      id: "normal",
      label: "Normal rows",
      group: "Look",
      keywords: "density table",
      run: () => setAppearance({ density: "normal" }),
    },
    {
      id: "relaxed",
      label: "Relaxed rows",
      group: "Look",
      keywords: "density table",
      run: () => setAppearance({ density: "relaxed" }),
    },
  ];
  const other: PaletteCommand[] = [
    {
      id: "live",
      label: "Live updates",
      group: "Updates",
      keywords: "refresh stream",
      run: () => setAppearance({ refresh: "live" }),
    },
    {
      id: "pause",
      label: "Pause updates",
      group: "Updates",
      keywords: "refresh off stop",
      run: () => setAppearance({ refresh: "off" }),
    },
    { id: "help", label: "Keyboard shortcuts", group: "Help", keys: "?", run: act.help },
    {
      id: "sign-out",
      label: "Sign out",
      group: "Help",
      keywords: "log out leave",
      run: act.signOut,
    },
  ];
  return [...places, redrives, ...settings, ...look, ...other];
}
