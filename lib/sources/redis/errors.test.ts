import { expect, it } from "vitest";
import { redisError } from "./errors.ts";

it.each([
  ["WRONGPASS invalid username-password pair or user is disabled.", "auth_failed"],
  ["NOAUTH Authentication required.", "auth_failed"],
  ["NOPERM this user has no permissions to run the 'config|get' command", "permission"],
  ["NOPERM No permissions to access a key", "permission"],
  ["ERR unknown command 'CONFIG', with args beginning with: 'GET'", "permission"],
  ["ERR max number of clients reached", "too_many_connections"],
  ["READONLY You can't write against a read only replica.", "readonly"],
  ["LOADING Redis is loading the dataset in memory", "unreachable"],
  ["Command timed out", "timeout"],
  ["Connection is closed.", "unreachable"],
  ["Stream isn't writeable and enableOfflineQueue options is false", "unreachable"],
  ['Protocol error, got "H" as reply type byte. Please report this.', "protocol"],
  ["ERR something new about key user:CANARY", "internal"],
])("%s → %s, without the server's own words", (message, reason) => {
  const error = redisError(new Error(message));
  expect(error.reason).toBe(reason);
  expect(error.message).not.toContain("CANARY");
});
