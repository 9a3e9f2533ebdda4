import { createHash } from 'node:crypto';

export interface Script {
  readonly lua: string;
  readonly sha: string;
}

const script = (lua: string): Script => ({ lua, sha: createHash('sha1').update(lua).digest('hex') });

/*
 * Names, for the prefix `shop:` and the key `cart:1`:
 *   shop:lock:cart:1      the owner, the token, when it was granted (µs) and the process, with the ttl
 *   shop:waiting:cart:1   waiting processes, by the time they first asked (µs)
 *   shop:next:cart:1      the process that was notified and has the key reserved until this ttl ends (one server only)
 *   shop:fence            the last token of this server; with several servers shop:fence:cart:1, because they must agree key by key
 *   shop:wake:<process>   channel that notifies a process of a lock that became free
 */

const BESIDE = `
local function beside(base, kind, lock)
  return base .. kind .. string.sub(lock, #base + #'lock' + 1)
end
`;

// The owner is redlock's random value: unique to one grant.
const OWNS = `
local function owns(lock, owner)
  local value = redis.call('get', lock)
  return value and string.sub(value, 1, #owner + 1) == owner .. ' '
end
`;

// A process that is gone has no subscription, so the next one is notified. The key is reserved for the notified process: otherwise a
// process that releases and asks again at once would always be first.
const WAKE = `
local function wake(base, lock, reserveMs)
  local waiting = beside(base, 'waiting', lock)
  local first = redis.call('zpopmin', waiting)
  while first[1] do
    if redis.call('publish', base .. 'wake:' .. first[1], lock) > 0 then
      if tonumber(reserveMs) > 0 then redis.call('set', beside(base, 'next', lock), first[1], 'PX', reserveMs) end
      return
    end
    first = redis.call('zpopmin', waiting)
  end
end
`;

/**
 * All keys or none. Granted: {count, token}; one server stores the token at once, several servers only propose one each. Refused: {0, ms
 * until the key may be free, when the process first asked}, and the process now waits for that key. The token is greater than the last
 * one and not below the server's clock in µs, so it grows even after the counter was lost.
 *
 * ARGV: owner, ttl ms, base, waiting process or '', when it first asked or '', highest token that the process or its data has seen, fence ttl ms (0: shared),
 * how long a key is reserved for the notified process (ms, 0: not), name of the process.
 */
export const ACQUIRE = script(`${BESIDE}${WAKE}
local owner, ttl, base, process, asked = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local fenceTtl, reserveMs = tonumber(ARGV[7]), ARGV[8]
local time = redis.call('time')
local now = time[1] * 1000000 + time[2]
local function conflict(lock)
  if redis.call('exists', lock) == 1 then return lock end
  local kept = beside(base, 'next', lock)
  local whose = redis.call('get', kept)
  return whose and whose ~= process and kept
end
local function pass(lock)
  local kept = beside(base, 'next', lock)
  if redis.call('get', kept) == process then
    redis.call('del', kept)
    if redis.call('exists', lock) == 0 then wake(base, lock, reserveMs) end
  end
end
for _, lock in ipairs(KEYS) do
  local found = conflict(lock)
  if found then
    if asked == '' then asked = string.format('%.0f', now) end
    if process ~= '' then
      for _, other in ipairs(KEYS) do pass(other) end
      local waiting = beside(base, 'waiting', lock)
      redis.call('zadd', waiting, 'NX', asked, process)
      redis.call('pexpire', waiting, 60000)
    end
    return {0, redis.call('pttl', found), asked}
  end
end
local token = math.max(now, tonumber(ARGV[6]) + 1)
local function fence(lock)
  return fenceTtl > 0 and beside(base, 'fence', lock) or base .. 'fence'
end
for _, lock in ipairs(KEYS) do
  token = math.max(token, tonumber(redis.call('get', fence(lock)) or 0) + 1)
end
local text = string.format('%.0f', token)
local held = table.concat({owner, text, string.format('%.0f', now), ARGV[9]}, ' ')
for _, lock in ipairs(KEYS) do
  redis.call('set', lock, held, 'PX', ttl)
  if fenceTtl == 0 then redis.call('set', fence(lock), text) end
  if asked ~= '' then
    redis.call('zrem', beside(base, 'waiting', lock), process)
    redis.call('del', beside(base, 'next', lock))
  end
end
return {#KEYS, text}
`);

/** Deletes the keys that the owner still has and notifies their waiters. Returns the count. ARGV: owner, base, reserve ms. */
export const RELEASE = script(`${BESIDE}${OWNS}${WAKE}
local count = 0
for _, lock in ipairs(KEYS) do
  if owns(lock, ARGV[1]) then
    redis.call('del', lock)
    wake(ARGV[2], lock, ARGV[3])
    count = count + 1
  end
end
return count
`);

/** Sets the ttl of each key that its owner still has; 1 or 0 for each. ARGV: owner and ttl ms, pair by pair. */
export const RENEW = script(`${OWNS}
local renewed = {}
for i, lock in ipairs(KEYS) do
  renewed[i] = 0
  if owns(lock, ARGV[2 * i - 1]) then
    renewed[i] = redis.call('pexpire', lock, ARGV[2 * i])
  end
end
return renewed
`);

/** The process no longer waits. A reservation for it passes to the next process. ARGV: base, process, reserve ms. */
export const WITHDRAW = script(`${BESIDE}${WAKE}
local base, process, reserveMs = ARGV[1], ARGV[2], ARGV[3]
for _, lock in ipairs(KEYS) do
  local kept = beside(base, 'next', lock)
  redis.call('zrem', beside(base, 'waiting', lock), process)
  if redis.call('get', kept) == process then redis.call('del', kept) end
  if redis.call('exists', lock, kept) == 0 then wake(base, lock, reserveMs) end
end
return #KEYS
`);

/** Raises the fence of the locks to a token and returns the highest found before. ARGV: base, token, fence ttl ms. */
export const RAISE = script(`${BESIDE}
local token, highest = tonumber(ARGV[2]), 0
for _, lock in ipairs(KEYS) do
  local fence = beside(ARGV[1], 'fence', lock)
  local found = tonumber(redis.call('get', fence) or 0)
  highest = math.max(highest, found)
  if found < token then redis.call('set', fence, ARGV[2], 'PX', ARGV[3]) end
end
return string.format('%.0f', highest)
`);

/**
 * One page of the locks: {cursor of the next page or 0, {lock, value, highest token or '', ms left}, …}. ARGV: base, pattern, cursor, how
 * many names to look at.
 */
export const LIST = script(`${BESIDE}
local found = redis.call('scan', ARGV[3], 'MATCH', ARGV[2], 'COUNT', ARGV[4])
local page = {found[1]}
for _, lock in ipairs(found[2]) do
  local value = redis.call('get', lock)
  if value then
    page[#page + 1] = {lock, value, redis.call('get', beside(ARGV[1], 'fence', lock)) or '', redis.call('pttl', lock)}
  end
end
return page
`);

/**
 * Frees a lock of any holder, and raises the fence above every token so far. Returns 1 when it was held. ARGV: base, fence ttl ms (0:
 * shared), reserve ms.
 */
export const FORCE_RELEASE = script(`${BESIDE}${WAKE}
local lock, base, fenceTtl = KEYS[1], ARGV[1], tonumber(ARGV[2])
local time = redis.call('time')
local fence = fenceTtl > 0 and beside(base, 'fence', lock) or base .. 'fence'
local token = math.max(time[1] * 1000000 + time[2], tonumber(redis.call('get', fence) or 0)) + 1
if fenceTtl > 0 then
  redis.call('set', fence, string.format('%.0f', token), 'PX', fenceTtl)
else
  redis.call('set', fence, string.format('%.0f', token))
end
local held = redis.call('del', lock)
if held == 1 then wake(base, lock, ARGV[3]) end
return held
`);
