import { publishChanged } from "#lib/jobs/changed.ts";

/** Open pages of dead letters and redrives are out of date. */
export const tellPages = (): Promise<void> => publishChanged([["signals", "deadletters"]]);
