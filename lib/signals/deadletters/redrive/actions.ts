import type { Action } from "#lib/actions/define.ts";
import { cancel, pause, resume, setRate } from "./actions/control.ts";
import { start } from "./actions/start.ts";

/** Everything a person can do about redrives. */
export const redriveActions: readonly Action[] = [start, pause, resume, cancel, setRate];
