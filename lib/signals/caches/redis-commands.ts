/** Reads that Redis counts as a hit or a miss (measured on 7.0); others, such as INCR or SET NX, are not lookups. */
export const LOOKUPS: readonly string[] = [
  "get mget getex getdel getset getrange substr strlen exists ttl pttl type object dump touch",
  "object|encoding object|freq object|idletime object|refcount",
  "hget hmget hgetall hexists hlen hkeys hvals hstrlen hrandfield hscan",
  "lrange lindex llen lpos scard sismember smismember smembers srandmember sscan sinter sunion sdiff",
  "zscore zmscore zcard zcount zrank zrevrank zrange zrangebyscore zrevrange zrevrangebyscore zscan",
  "xread xlen xrange xrevrange getbit bitcount bitpos pfcount geopos geosearch",
].flatMap((line) => line.split(" "));

/** Only a consumer of a queue waits for an element; a cache never does. */
export const QUEUE_POPS: readonly string[] =
  "blpop brpop brpoplpush blmove blmpop bzpopmin bzpopmax bzmpop xreadgroup".split(" ");
