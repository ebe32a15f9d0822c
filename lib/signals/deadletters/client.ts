import { signalQuery } from "#lib/api/client.ts";
import { redriveSchema, redrivesSchema } from "./redrive-schema.ts";
import {
  capturesSchema,
  groupsSchema,
  letterDetailSchema,
  listSchema,
  selectionSchema,
  seriesSchema,
  suggestionsSchema,
  viewsSchema,
} from "./schema.ts";

type Params = Record<string, string>;

export const lettersQuery = (params: Params) =>
  signalQuery("deadletters", "list", params, listSchema);

export const letterQuery = (id: string) =>
  signalQuery("deadletters", "get", { id }, letterDetailSchema);

export const arrivalsQuery = (params: Params) =>
  signalQuery("deadletters", "series", params, seriesSchema);

export const groupsQuery = (params: Params) =>
  signalQuery("deadletters", "reads:groups", params, groupsSchema);

export const suggestionsQuery = (q: string, at: number) =>
  signalQuery("deadletters", "reads:suggestions", { q, at }, suggestionsSchema);

/** The dry run: what a search would cover if it were acted on now. */
export const selectionQuery = (q: string) =>
  signalQuery("deadletters", "reads:selection", { q }, selectionSchema);

export const viewsQuery = () => signalQuery("deadletters", "reads:views", {}, viewsSchema);

/** How well failures are captured: of every queue, or of one (`source~prefix:name`). */
export const capturesQuery = (queue?: string) =>
  signalQuery("deadletters", "reads:captures", { queue }, capturesSchema);

export const redrivesQuery = (params: Params) =>
  signalQuery("deadletters", "reads:redrives", params, redrivesSchema);

export const redriveQuery = (id: string) =>
  signalQuery("deadletters", "reads:redrive", { id }, redriveSchema);

export type { Redrive } from "./redrive-schema.ts";
export type { LetterState, Outcome, RedriveState } from "./states.ts";
