import { type NavEntry, SIGNAL_NAV } from "#lib/signals/nav.ts";

const place = (signal: string): NavEntry | undefined => SIGNAL_NAV.find(({ id }) => id === signal);

/** Where a signal is shown, as far as it is about one source. Names of sources need no quotation marks in a search. */
export function placeHref(signal: string, source: string): string {
  const [name, value] = signal === "deadletters" ? ["q", `queue:${source}~*`] : ["source", source];
  return `${place(signal)?.href ?? "/"}?${new URLSearchParams([[name, value]])}`;
}

export const placeTitle = (signal: string): string => place(signal)?.title ?? signal;
