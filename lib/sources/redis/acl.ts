/** ACL rules for `ACL SETUSER`, smallest first. They work on Redis 6.2+ and Valkey; see docs/guide/sources.md. */

/** Server figures only: no key is readable. */
export const serverRules = [
  "+ping",
  "+info",
  "+select",
  "+client|setname",
  "+client|list",
  "+config|get",
  "+slowlog|get",
  "+slowlog|len",
  "+acl|whoami",
  "+scan",
];

/** Reading queues: every bounded read, without KEYS and SORT. */
export const queueReadRules = ["+@read", "-@dangerous", ...serverRules];

/** Acting on queues: BullMQ changes jobs with Lua scripts, and the scripts' own commands are checked too. */
export const queueActionRules = [
  "+@read",
  "+@write",
  "+eval",
  "+evalsha",
  "-@dangerous",
  ...serverRules,
];

export function setUser(user: string, keys: readonly string[], rules: readonly string[]): string {
  return ["ACL SETUSER", user, "on", ">…", "resetkeys", ...keys, "-@all", ...rules].join(" ");
}

/** Adds to a user that exists. */
export function addRules(user: string, ...rules: string[]): string {
  return ["ACL SETUSER", user, ...rules].join(" ");
}
