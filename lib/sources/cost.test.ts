import { expect, it } from "vitest";
import { charge, measureCost, newCost } from "./cost.ts";

it("books a cost on the source and on the piece of work that caused it", async () => {
  const source = newCost();
  const turn = Promise.withResolvers<void>();
  const first = measureCost(async () => {
    charge(source, { statements: 1, bytes: 10 });
    await turn.promise;
    charge(source, { statements: 2 });
  });
  const second = measureCost(async () => charge(source, { commands: 5, targetMs: 1.5 }));
  turn.resolve();
  expect((await first).cost).toEqual({ statements: 3, commands: 0, targetMs: 0, bytes: 10 });
  expect((await second).cost).toEqual({ statements: 0, commands: 5, targetMs: 1.5, bytes: null });
  expect(source).toEqual({ statements: 3, commands: 5, targetMs: 1.5, bytes: 10 });
});
