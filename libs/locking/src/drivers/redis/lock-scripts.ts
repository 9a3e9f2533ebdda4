import { createHash } from 'node:crypto';

export interface Script {
  readonly lua: string;
  readonly sha: string;
}

/**
 * With several servers a fence is kept this long after the last grant of its key. Later, only the servers' clocks keep tokens growing, so
 * this is longer than any step of a clock. 0, with one server: one fence for all keys, kept for ever.
 */
const FENCE_TTL_MS = 2 * 3_600_000;
/**
 * How long a released key is reserved for the process that was notified, so that processes alternate. Several servers could reserve it for
 * different processes, and nobody would get a majority: there it is off.
 */
const RESERVE_MS = 100;

/*
 * Names, for the prefix `shop:` and the key `cart:1`:
 *   shop:lock:cart:1      the owner, the token, when it was granted (µs) and the process, with the ttl
 *   shop:waiting:cart:1   waiting processes, by the time they first asked (µs)
 *   shop:next:cart:1      the process that was notified and has the key reserved until this ttl ends (one server only)
 *   shop:fence            the last token of this server; with several servers shop:fence:cart:1, because they must agree key by key
 *   shop:wake:<process>   channel that notifies a process of a lock that became free
 * The owner is redlock's random value: unique to one grant. A process that is gone has no subscription, so the next one is notified. The
 * key is reserved for the notified process: otherwise a process that releases and asks again at once would always be first.
 */
const FUNCTIONS = `
local function beside(kind, lock)
  return PREFIX .. kind .. string.sub(lock, #PREFIX + #'lock' + 1)
end
local function owns(lock, owner)
  local value = redis.call('get', lock)
  return value and string.sub(value, 1, #owner + 1) == owner .. ' '
end
local function now()
  local time = redis.call('time')
  return time[1] * 1000000 + time[2]
end
local function wake(lock)
  local waiting = beside('waiting', lock)
  local first = redis.call('zpopmin', waiting)
  while first[1] do
    if redis.call('publish', PREFIX .. 'wake:' .. first[1], lock) > 0 then
      if RESERVE_MS > 0 then redis.call('set', beside('next', lock), first[1], 'PX', RESERVE_MS) end
      return
    end
    first = redis.call('zpopmin', waiting)
  end
end
local function fenceOf(lock)
  return FENCE_TTL_MS > 0 and beside('fence', lock) or PREFIX .. 'fence'
end
local function fence(lock)
  return tonumber(redis.call('get', fenceOf(lock)) or 0)
end
local function setFence(lock, token)
  local text = string.format('%.0f', token)
  if FENCE_TTL_MS > 0 then redis.call('set', fenceOf(lock), text, 'PX', FENCE_TTL_MS)
  else redis.call('set', fenceOf(lock), text) end
end
`;

const BODIES = {
  /**
   * All keys or none. Granted: {count, token}; one server stores the token at once, several servers only propose one each. Refused: {0, ms
   * until the key may be free, when the process first asked}, and the process now waits for that key. The token is greater than the last
   * one and not below the server's clock in µs, so it grows even after the counter was lost.
   *
   * ARGV: owner, ttl ms, waiting process or '', when it first asked or '', highest token that the process or its data has seen, name of the
   * process.
   */
  acquire: `
local owner, ttl, process, asked = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local time = now()
local function conflict(lock)
  if redis.call('exists', lock) == 1 then return lock end
  local kept = beside('next', lock)
  local whose = redis.call('get', kept)
  return whose and whose ~= process and kept
end
local function pass(lock)
  local kept = beside('next', lock)
  if redis.call('get', kept) == process then
    redis.call('del', kept)
    if redis.call('exists', lock) == 0 then wake(lock) end
  end
end
for _, lock in ipairs(KEYS) do
  local found = conflict(lock)
  if found then
    if asked == '' then asked = string.format('%.0f', time) end
    if process ~= '' then
      for _, other in ipairs(KEYS) do pass(other) end
      local waiting = beside('waiting', lock)
      redis.call('zadd', waiting, 'NX', asked, process)
      redis.call('pexpire', waiting, 60000)
    end
    return {0, redis.call('pttl', found), asked}
  end
end
local token = math.max(time, tonumber(ARGV[5]) + 1)
for _, lock in ipairs(KEYS) do token = math.max(token, fence(lock) + 1) end
local text = string.format('%.0f', token)
local held = table.concat({owner, text, string.format('%.0f', time), ARGV[6]}, ' ')
for _, lock in ipairs(KEYS) do
  redis.call('set', lock, held, 'PX', ttl)
  if asked ~= '' then
    redis.call('zrem', beside('waiting', lock), process)
    redis.call('del', beside('next', lock))
  end
end
if FENCE_TTL_MS == 0 then setFence(KEYS[1], token) end
return {#KEYS, text}
`,

  /** Deletes the keys that the owner still has and notifies their waiters. Returns the count. ARGV: owner. */
  release: `
local count = 0
for _, lock in ipairs(KEYS) do
  if owns(lock, ARGV[1]) then
    redis.call('del', lock)
    wake(lock)
    count = count + 1
  end
end
return count
`,

  /** Sets the ttl of each key that its owner still has; 1 or 0 for each. ARGV: owner and ttl ms, pair by pair. */
  renew: `
local renewed = {}
for i, lock in ipairs(KEYS) do
  renewed[i] = owns(lock, ARGV[2 * i - 1]) and redis.call('pexpire', lock, ARGV[2 * i]) or 0
end
return renewed
`,

  /** The process no longer waits. A reservation for it passes to the next process. ARGV: process. */
  withdraw: `
for _, lock in ipairs(KEYS) do
  local kept = beside('next', lock)
  redis.call('zrem', beside('waiting', lock), ARGV[1])
  if redis.call('get', kept) == ARGV[1] then redis.call('del', kept) end
  if redis.call('exists', lock, kept) == 0 then wake(lock) end
end
return #KEYS
`,

  /** Raises the fence of the locks to a token and returns the highest found before. ARGV: token. */
  raise: `
local token, highest = tonumber(ARGV[1]), 0
for _, lock in ipairs(KEYS) do
  local found = fence(lock)
  highest = math.max(highest, found)
  if found < token then setFence(lock, token) end
end
return string.format('%.0f', highest)
`,

  /**
   * One page of the locks: {cursor of the next page or 0, {key, value, token, ms left}, …}. The token is the one that was agreed on.
   * ARGV: cursor, how many names to look at.
   */
  list: `
local pattern = string.gsub(PREFIX, '[*?%[%]\\\\]', '\\\\%0') .. 'lock:*'
local found = redis.call('scan', ARGV[1], 'MATCH', pattern, 'COUNT', ARGV[2])
local page = {found[1]}
for _, lock in ipairs(found[2]) do
  local value = redis.call('get', lock)
  if value then
    local agreed = FENCE_TTL_MS > 0 and redis.call('get', fenceOf(lock))
    local token = agreed or string.match(value, '^%S+ (%d+)') or '0'
    page[#page + 1] = {string.sub(lock, #PREFIX + #'lock:' + 1), value, token, redis.call('pttl', lock)}
  end
end
return page
`,

  /** Frees a lock of any holder, and raises the fence above every token so far. Returns 1 when it was held. */
  forceRelease: `
setFence(KEYS[1], math.max(now(), fence(KEYS[1])) + 1)
local held = redis.call('del', KEYS[1])
if held == 1 then wake(KEYS[1]) end
return held
`,
} as const;

export type LockScripts = Readonly<Record<keyof typeof BODIES, Script>>;

/** @param prefix every name begins with it */
export function lockScripts(prefix: string, servers: number): LockScripts {
  // Each byte as \ddd: any prefix is valid.
  const quoted = [...Buffer.from(prefix)].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('');
  const values = servers === 1 ? [0, RESERVE_MS] : [FENCE_TTL_MS, 0];
  const constants = `local PREFIX, FENCE_TTL_MS, RESERVE_MS = "${quoted}", ${values.join(', ')}`;
  const scripts = Object.entries(BODIES).map(([name, body]) => {
    const lua = constants + FUNCTIONS + body;
    return [name, { lua, sha: createHash('sha1').update(lua).digest('hex') }];
  });
  return Object.fromEntries(scripts) as LockScripts;
}
