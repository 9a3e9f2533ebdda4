import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { eventually } from '../../../../test/support/eventually.js';
import { HttpSandbox } from '../../../../test/support/http-sandbox.js';
import { EffectController, Effects, SlowEffect } from './effects.suite.js';

let sandbox: HttpSandbox;
beforeAll(async () => {
  sandbox = await HttpSandbox.open(
    [EffectController],
    { DATABASE_POOL_MAX: '25', DATABASE_CONNECT_TIMEOUT_MS: '20000' },
    [Effects, SlowEffect],
  );
  await sandbox.rows('CREATE TABLE effects (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text NOT NULL)');
});
afterAll(() => sandbox.close());

let counter = 0;
const freshKey = () => `key-${(counter += 1)}`;
const send = (key: string | undefined, body: object, { path = '/v1/effects', token = 'one' } = {}) => {
  const pending =
    path.endsWith('effects') || path.endsWith('slow')
      ? request(sandbox.url).post(path)
      : request(sandbox.url).put(path);
  return (key === undefined ? pending : pending.set('idempotency-key', key)).set('cart-token', token).send(body);
};
const effectsOf = async (note: string) => (await sandbox.rows('SELECT id FROM effects WHERE note = $1', [note])).length;
const outcome = ({ status, body }: request.Response) => [status, body.code];

const open = () => sandbox.rows('SELECT id FROM commands.idempotency_keys WHERE status IS NULL');
const age = (seconds: number) =>
  sandbox.rows(
    `UPDATE commands.idempotency_keys SET claimed_at = now() - make_interval(secs => $1) WHERE status IS NULL`,
    [seconds],
  );
const slow = (key: string, body: object) => send(key, body, { path: '/v1/effects/slow' });
describe('an Idempotency-Key', () => {
  it('is required where an effect must not happen twice', async () => {
    expect(outcome(await send(undefined, { note: 'none' }))).toEqual([400, 'idempotency_key_missing']);
    expect(await effectsOf('none')).toBe(0);
    expect((await send(undefined, { note: 'free' }, { path: '/v1/effects/1' })).status).toBe(200);
  });

  it.each(['""', '"a', 'a\u00e9', 'a'.repeat(256), `"${'a'.repeat(256)}"`, '"a"b"', '"a\\x"'])(
    'is refused as %j',
    async (key) => {
      expect(outcome(await send(key, { note: 'bad' }))).toEqual([400, 'idempotency_key_invalid']);
      expect(outcome(await send(key, { note: 'bad' }, { path: '/v1/effects/1' }))).toEqual([
        400,
        'idempotency_key_invalid',
      ]);
    },
  );

  it('goes with an If-Match that the operation does not declare, whatever that says', async () => {
    const pending = request(sandbox.url).put('/v1/effects/1').set({ 'cart-token': 'one', 'if-match': ',' });
    expect((await pending.send({ note: 'unconditional' })).status).toBe(200);
  });

  it('is the same bare and quoted, and may have 255 characters', async () => {
    const key = `${freshKey()} with "quotes" and \\`.padEnd(255, '-');
    const first = await send(key, { note: 'quoted' });
    const again = await send(`"${key.replaceAll(/["\\]/g, String.raw`\$&`)}"`, { note: 'quoted' });
    expect([first.status, again.status, again.headers['idempotent-replayed']]).toEqual([201, 201, 'true']);
    expect(await effectsOf('quoted')).toBe(1);
  });

  it('gives the stored status, headers and body again', async () => {
    const key = freshKey();
    const first = await send(key, { note: 'twice' });
    const again = await send(key, { pauseMs: 0, note: 'twice' });
    expect(outcome(again)).toEqual([422, 'idempotency_key_reused']);
    const same = await request(sandbox.url)
      .post('/v1/effects')
      .set({ 'idempotency-key': key, 'cart-token': 'one' })
      .type('json')
      .send('{ "note" : "twice" }');
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    expect(same.text).toBe(first.text);
    expect(same.headers).toMatchObject({
      'idempotent-replayed': 'true',
      etag: '"3"',
      location: first.headers['location'],
    });
    expect(await effectsOf('twice')).toBe(1);
  });

  it('does not mind the order of the members', async () => {
    const key = freshKey();
    await send(key, { note: 'order', pauseMs: 1 });
    expect((await send(key, { pauseMs: 1, note: 'order' })).headers['idempotent-replayed']).toBe('true');
  });

  it('stands for one request: another body or path is refused', async () => {
    const key = freshKey();
    await send(key, { note: 'mine' });
    expect(outcome(await send(key, { note: 'other' }))).toEqual([422, 'idempotency_key_reused']);
    expect(outcome(await send(key, { note: 'mine' }, { path: '/v1/effects/1' }))).toEqual([
      422,
      'idempotency_key_reused',
    ]);
  });

  it('belongs to its caller: others may use the same', async () => {
    const key = freshKey();
    const [one, two] = await Promise.all([send(key, { note: 'ours' }), send(key, { note: 'ours' }, { token: 'two' })]);
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(await effectsOf('ours')).toBe(2);
  });

  it('makes one effect of 20 requests at once, and each answer is that one or “still running”', async () => {
    const key = freshKey();
    const body = { note: 'parallel', pauseMs: 500 };
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(key, body)));
    expect(await effectsOf('parallel')).toBe(1);
    const made = answers.filter(({ status }) => status === 201);
    const waiting = answers.filter(({ status }) => status !== 201);
    expect(new Set(made.map(({ text }) => text)).size).toBe(1);
    expect(made.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
    expect(waiting.length).toBeGreaterThan(0);
    for (const answer of waiting) {
      expect([...outcome(answer), answer.headers['retry-after']]).toEqual([409, 'request_in_flight', '1']);
    }
  });

  it('gives a refusal again without trying anew, and keeps nothing of what was rolled back', async () => {
    const key = freshKey();
    const first = await send(key, { note: 'refused', refuse: true });
    const again = await send(key, { note: 'refused', refuse: true });
    expect(outcome(first)).toEqual([409, 'cart_empty']);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    expect([again.status, again.text]).toEqual([409, first.text]);
    expect(again.headers).toMatchObject({
      'idempotent-replayed': 'true',
      'content-type': 'application/problem+json; charset=utf-8',
    });
    expect(await effectsOf('refused')).toBe(0);
  });

  it('is free again after a failure', async () => {
    const key = freshKey();
    expect(outcome(await send(key, { note: 'failed', fail: true }))).toEqual([500, 'internal_error']);
    expect(outcome(await send(key, { note: 'failed', fail: true }))).toEqual([500, 'internal_error']);
    expect((await send(key, { note: 'failed' })).status).toBe(201);
  });

  it('is free again after a refusal that says when to come back', async () => {
    const key = freshKey();
    const answer = await send(key, { note: 'busy', busy: true });
    expect([...outcome(answer), answer.headers['retry-after']]).toEqual([409, 'cart_locked', '1']);
    expect((await send(key, { note: 'busy', busy: false })).status).toBe(201);
  });

  it('and its answer cannot be read from the table', async () => {
    const key = `${freshKey()}-canary-key`;
    await send(key, { note: 'canary-note' }, { token: 'canary-token' });
    const dump = await sandbox.rows<{ text: string }>(
      `SELECT (to_jsonb(kept) - 'answer')::text || encode(coalesce(answer, ''), 'escape') AS text FROM commands.idempotency_keys kept`,
    );
    expect(dump.length).toBeGreaterThan(0);
    expect(JSON.stringify(dump)).not.toContain('canary');
  });
});

describe('a request in several transactions', () => {
  it('is in flight from its first transaction to its last, then replayed', async () => {
    const key = freshKey();
    const body = { note: 'slow', pauseMs: 2_000 };
    const first = slow(key, body).then((answer) => answer);
    await eventually(async () => expect(await open()).toHaveLength(1));
    expect(outcome(await slow(key, body))).toEqual([409, 'request_in_flight']);
    expect((await first).body).toEqual({ resource: 'fresh' });
    const again = await slow(key, body);
    expect([again.status, again.body, again.headers['idempotent-replayed']]).toEqual([
      201,
      { resource: 'fresh' },
      'true',
    ]);
  });

  it('stores a definitive refusal as its problem document', async () => {
    const key = freshKey();
    const first = await slow(key, { note: 'declined', refuse: true });
    const again = await slow(key, { note: 'declined', refuse: true });
    expect([again.status, again.text]).toEqual([409, first.text]);
  });

  it('that got stuck is taken over after 30 s, with what it worked on', async () => {
    const key = freshKey();
    await slow(key, { note: 'stuck', fail: true });
    await age(29);
    expect(outcome(await slow(key, { note: 'stuck', fail: true }))).toEqual([409, 'request_in_flight']);
    await age(31);
    const both = await Promise.all([
      slow(key, { note: 'stuck', fail: true }),
      slow(key, { note: 'stuck', fail: true }),
    ]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([409, 500]));
  });
});
