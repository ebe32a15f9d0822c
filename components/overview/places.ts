import { type NavEntry, SIGNAL_NAV } from "#lib/signals/nav.ts";

const place = (signal: string): NavEntry | undefined => SIGNAL_NAV.find(({ id }) => id === signal);

/** Where a signal is shown, as far as it is about one source. */
export const placeHref = (signal: string, source: string): string =>
  `${place(signal)?.href ?? `/${signal}`}?source=${encodeURIComponent(source)}`;

export const placeTitle = (signal: string): string => place(signal)?.title ?? signal;
