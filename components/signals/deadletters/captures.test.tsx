import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { capturesQuery } from "#lib/signals/deadletters/client.ts";
import type { Capture } from "#lib/signals/deadletters/schema.ts";
import { Captures } from "./captures.tsx";

/** What the page says is missing, line by line. */
function said(...rows: Partial<Capture>[]): string[] {
  const client = new QueryClient();
  const data = { rows: rows.map((row) => ({ ...mails, ...row })) };
  const reading = { data, observedAt: null, quality: "exact" as const, staleSince: null };
  client.setQueryData(capturesQuery().queryKey, reading as never);
  const html = renderToStaticMarkup(
    <QueryClientProvider client={client}>
      <Captures />
    </QueryClientProvider>,
  );
  const lines = html.match(/<li.*?<\/li>/g) ?? [];
  return lines.map((line) => line.replaceAll(/<[^>]+>/g, ""));
}

const mails: Capture = {
  queue: {
    source: "main",
    sourceId: "00000000-0000-4000-8000-00000000000a",
    key: "bull:mails",
    name: "mails",
    id: "main~bull:mails",
  },
  dead: 0,
  lost24h: 0,
  lostUnseen: false,
  poison: 0,
  capturedAt: null,
  failedSet: null,
  gapSince: null,
  reconciledAt: null,
};
const gapSince = "2026-11-23T10:00:00.000Z";

test("losses and a gap of one queue are both said", () => {
  expect(said({ lost24h: 5, lostUnseen: true, gapSince })).toEqual([
    expect.stringContaining("mails discards failures: at least 5 lost in 24 h."),
    expect.stringContaining("Failures of mails may be missing"),
  ]);
});

test("what is not known is not a loss, and not nothing", () => {
  expect(said({ lost24h: null, lostUnseen: true, gapSince })).toEqual([
    expect.stringContaining("Failures of mails may be missing"),
  ]);
  expect(said({}, { lost24h: null, lostUnseen: true })).toEqual([]);
  expect(said({ lost24h: 5 })).toEqual([
    expect.stringContaining("mails discards failures: 5 lost in 24 h."),
  ]);
});
