import { expect, it } from "vitest";
import {
  DEFAULT_APPEARANCE,
  appearanceAttributes,
  parseAppearance,
  serializeAppearance,
} from "./appearance-cookie.ts";

it("survives the cookie", () => {
  const chosen = {
    theme: "dark",
    density: "compact",
    nav: "icons",
    shortcuts: "off",
    refresh: "15",
  } as const;
  expect(parseAppearance(serializeAppearance(chosen))).toEqual(chosen);
});

it.each([undefined, "", "dark", "evil.compact.open.on.live", "<script>"])(
  "takes only what it knows from %j",
  (cookie) => {
    const read = parseAppearance(cookie);
    expect(serializeAppearance(read)).toMatch(/^(system|dark)\.(normal|compact)\.open\.on\.live$/);
  },
);

it("leaves the theme to the system unless one was chosen", () => {
  expect(appearanceAttributes(DEFAULT_APPEARANCE)["data-theme"]).toBeUndefined();
  expect(appearanceAttributes({ ...DEFAULT_APPEARANCE, theme: "light" })["data-theme"]).toBe(
    "light",
  );
});
