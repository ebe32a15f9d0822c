import fc from "fast-check";
import { expect, test } from "vitest";
import { LETTER_STATES, REASON_CLASSES } from "../states.ts";
import { parseQuery, type Wanted, writeQuery, writeTerm } from "./grammar.ts";
import { FLAGS, NAME_FIELDS } from "./terms.ts";

/** What a search asks for, without the places. */
const wanted = (text: string) =>
  parseQuery(text).terms.map(({ from: _from, to: _to, ...term }) => term);
const complaints = (text: string) => parseQuery(text).complaints.map(({ message }) => message);
const asked = (text: string): Wanted | undefined => {
  const [{ negated: _negated, ...term } = { negated: false }] = wanted(text);
  return term as Wanted;
};

test.each<[string, object]>([
  ["timeout", { is: "text", text: "timeout" }],
  ['"read timed out"', { is: "text", text: "read timed out" }],
  [String.raw`"a \"b\" \\ c"`, { is: "text", text: String.raw`a "b" \ c` }],
  ["TypeError:", { is: "text", text: "TypeError:" }],
  ["redis://cache:6379", { is: "text", text: "redis://cache:6379" }],
  ["10.0.0.7:5432", { is: "text", text: "10.0.0.7:5432" }],
  ["queue:mails", { is: "queue", value: "mails", pattern: false }],
  ["queue:main~bull:mails", { is: "queue", value: "main~bull:mails", pattern: false }],
  ["error:Stripe*", { is: "error", value: "Stripe*", pattern: true }],
  ['name:"a * b"', { is: "name", value: "a * b", pattern: false }],
  ["worker:w-1", { is: "worker", value: "w-1", pattern: false }],
  ["job:rd-7", { is: "job", value: "rd-7" }],
  ["group:17", { is: "group", id: "17" }],
  ["state:any", { is: "state", state: "any" }],
  ["reason:timeout", { is: "reason", reason: "timeout" }],
  ["is:poison", { is: "flag", flag: "poison" }],
  ["attempts:>3", { is: "attempts", min: 4, max: null }],
  ["attempts:<=3", { is: "attempts", min: null, max: 3 }],
  ["attempts:3", { is: "attempts", min: 3, max: 3 }],
  ["attempts:2..5", { is: "attempts", min: 2, max: 5 }],
  ["failed:<2h", { is: "failed", since: { agoMs: 7_200_000 }, until: null }],
  ["failed:>1d", { is: "failed", since: null, until: { agoMs: 86_400_000 } }],
  [
    "failed:2026-11-23",
    {
      is: "failed",
      since: { at: "2026-11-23T00:00:00.000Z" },
      until: { at: "2026-11-24T00:00:00.000Z" },
    },
  ],
  [
    "failed:2026-11-23T04:00..2026-11-23T05:30:00+01:00",
    {
      is: "failed",
      since: { at: "2026-11-23T04:00:00.000Z" },
      until: { at: "2026-11-23T04:30:00.000Z" },
    },
  ],
  ["failed:<2026-11-23", { is: "failed", since: null, until: { at: "2026-11-23T00:00:00.000Z" } }],
  ["failed:>2026-11-23", { is: "failed", since: { at: "2026-11-24T00:00:00.000Z" }, until: null }],
  ["data.user.id:42", { is: "data", path: "user.id", value: "42" }],
  ['data."a key: b":"x y"', { is: "data", path: "a key: b", value: "x y" }],
  ["data:9007199254740993", { is: "data", path: null, value: "9007199254740993" }],
])("%s", (text, term) => {
  expect(asked(text)).toEqual(term);
  expect(complaints(text)).toEqual([]);
});

test("terms know where they stand, and a minus turns them round", () => {
  expect(parseQuery("  -state:dead  job:7 ")).toEqual({
    terms: [
      { is: "state", state: "dead", negated: true, from: 2, to: 13 },
      { is: "job", value: "7", negated: false, from: 15, to: 20 },
    ],
    complaints: [],
  });
});

test.each([
  ["group:x", []],
  ["state:broken", []],
  ["reason:x", []],
  ["is:x", []],
  ["attempts:x", []],
  ["attempts:5..2", []],
  ["attempts:<0", []],
  ["failed:yesterday", []],
  ["failed:2026-13-01", []],
  ["failed:2026-02-31", []],
  ["failed:2026-11-23T10:00", []],
  ["failed:1h..2h", []],
  ["failed:99999999999d..", []],
  ["queue:", []],
  ['""', []],
  ["constructor:x", [{ is: "text", text: "constructor:x", negated: false }]],
  ["colour:red", [{ is: "text", text: "colour:red", negated: false }]],
  ['"never closed', [{ is: "text", text: "never closed", negated: false }]],
])("%s is complained about; the rest still works", (text, kept) => {
  const query = `before ${text}`;
  expect(wanted(query)).toEqual([{ is: "text", text: "before", negated: false }, ...kept]);
  expect(parseQuery(query).complaints).toEqual([
    { from: 7, to: query.length, message: expect.any(String) },
  ]);
});

test("hundreds of terms are cut, and said so", () => {
  const { terms, complaints: said } = parseQuery("a ".repeat(400));
  expect(terms).toHaveLength(40);
  expect(said).toHaveLength(1);
});

const typed = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 10 }),
      fc.constantFrom(...'" - : . * \\ < > ='.split(" "), " "),
      fc.constantFrom(
        "queue:",
        "data.",
        "failed:",
        "attempts:",
        "state:any",
        "<2h",
        "..",
        "2026-11-23",
        "is:",
      ),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(""));

test("reading never throws, places lie in the text, and what was read is written so that it reads the same", () => {
  fc.assert(
    fc.property(typed, (text) => {
      const { terms, complaints: said } = parseQuery(text);
      let before = 0;
      for (const { from, to } of terms) {
        expect(from).toBeGreaterThanOrEqual(before);
        expect(to).toBeGreaterThan(from);
        before = to;
      }
      expect(before).toBeLessThanOrEqual(text.length);
      for (const { from, to } of said) expect(text.slice(from, to)).not.toBe("");
      expect(wanted(writeQuery(terms))).toEqual(wanted(text));
    }),
    { numRuns: 5_000 },
  );
});

const value = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
const ms = fc.integer({ min: 0, max: 10 ** 12 });
const at = fc
  .date({ min: new Date(0), max: new Date("2999-12-31"), noInvalidDate: true })
  .map((date) => ({ at: date.toISOString() }));
const anyTerm: fc.Arbitrary<Wanted> = fc.oneof(
  value.map((text) => ({ is: "text" as const, text })),
  fc.record({ is: fc.constantFrom(...NAME_FIELDS), value, pattern: fc.constant(false) }),
  value.map((job) => ({ is: "job" as const, value: job })),
  fc.nat(999_999).map((id) => ({ is: "group" as const, id: String(id) })),
  fc
    .constantFrom("any" as const, ...LETTER_STATES)
    .map((state) => ({ is: "state" as const, state })),
  fc.constantFrom(...REASON_CLASSES).map((reason) => ({ is: "reason" as const, reason })),
  fc.constantFrom(...FLAGS).map((flag) => ({ is: "flag" as const, flag })),
  fc.nat(900).map((min) => ({ is: "attempts" as const, min, max: min + 7 })),
  at.map((since) => ({ is: "failed" as const, since, until: null })),
  ms.map((agoMs) => ({ is: "failed" as const, since: null, until: { agoMs } })),
  fc.record({ is: fc.constant("data" as const), path: fc.option(value, { nil: null }), value }),
);

test("every term can be written and read back", () => {
  fc.assert(
    fc.property(anyTerm, fc.boolean(), (term, negated) => {
      const text = writeTerm({ ...term, negated });
      expect(complaints(text)).toEqual([]);
      expect(wanted(text)).toEqual([{ ...term, negated }]);
    }),
    { numRuns: 3_000 },
  );
});
