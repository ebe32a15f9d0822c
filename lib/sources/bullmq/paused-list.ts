/**
 * BullMQ before 6 sets waiting jobs aside in a list `paused` while a queue is paused, and when it resumes it renames that list
 * over `wait`: whatever a newer client put into `wait` meanwhile is lost, without a word. So on such queues we do as they do.
 * Lua: `setsAside(meta, paused)` tells whether a job that becomes ready now belongs into that list; `older(meta)` whether the
 * queue was last written by such a version, or by one that left no version.
 */
export const SETS_ASIDE = `
local function older(meta)
  local major = string.match(redis.call("HGET", meta, "version") or "", ":(%d+)%.")
  return not major or tonumber(major) < 6
end
local function setsAside(meta, paused)
  if redis.call("HEXISTS", meta, "paused") == 0 then return false end
  return redis.call("EXISTS", paused) == 1 or older(meta)
end`;
