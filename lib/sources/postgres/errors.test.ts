import { expect, it } from "vitest";
import { postgresError } from "./errors.ts";

const failure = (message: string, code?: string) =>
  Object.assign(new Error(message), code ? { code } : {});

it.each([
  [failure("connect ECONNREFUSED 10.0.0.1:5432", "ECONNREFUSED"), "refused"],
  [failure("getaddrinfo ENOTFOUND CANARY", "ENOTFOUND"), "unreachable"],
  [failure("read ECONNRESET", "ECONNRESET"), "unreachable"],
  [failure("self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT"), "tls"],
  [failure("The server does not support SSL connections"), "tls"],
  [failure('password authentication failed for user "CANARY"', "28P01"), "auth_failed"],
  [failure("SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string"), "auth_failed"],
  [failure('database "CANARY" does not exist', "3D000"), "refused"],
  [failure("permission denied for table CANARY", "42501"), "permission"],
  [failure("cannot execute INSERT in a read-only transaction", "25006"), "readonly"],
  [failure("sorry, too many clients already", "53300"), "too_many_connections"],
  [failure("canceling statement due to statement timeout", "57014"), "timeout"],
  [failure("canceling statement due to lock timeout", "55P03"), "timeout"],
  [failure("the database system is starting up", "57P03"), "unreachable"],
  [failure("unsupported startup parameter: options", "08P01"), "protocol"],
  [failure("Connection terminated unexpectedly"), "unreachable"],
  // The name of somebody's table must not be taken for a lost connection.
  [failure('relation "terminated" does not exist, CANARY', "42P01"), "internal"],
  [failure("anything else CANARY"), "internal"],
])("%s → %s, without the server's own words", (thrown, reason) => {
  const error = postgresError(thrown);
  expect(error.reason).toBe(reason);
  expect(error.message).not.toContain("CANARY");
});
