import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { HttpSandbox } from '../../../../test/support/http-sandbox.js';
import { JSON_VALUES_MAX } from './limits.js';
import { essence, theProblem, SampleController } from '../sample-api.suite.js';

let sandbox: HttpSandbox;
beforeAll(async () => {
  sandbox = await HttpSandbox.open([SampleController]);
});
afterAll(() => sandbox.close());

const http = () => request(sandbox.url);
const postSample = (body: object) => http().post('/v1/samples').send(body);
const bodyOf = (bytes: number) => JSON.stringify({ name: 'a'.repeat(bytes - '{"name":""}'.length) });

describe('a body', () => {
  it.each([
    ['cut off', '{"name"'],
    ['with a trailing comma', '{"name":"a",}'],
    ['that is not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('is refused when it is JSON %s', async (_, text) => {
    const answer = await http()
      .post('/v1/samples')
      .type('json')
      .serialize((raw) => raw as string)
      .send(text);
    expect(essence(answer)).toEqual(theProblem('malformed_json'));
    expect(answer.text).not.toContain('Unexpected');
  });

  it.each([
    ['text/plain', {}],
    ['application/x-www-form-urlencoded', {}],
    ['application/json; charset=latin1', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('is refused as %s %j', async (type, headers) => {
    const answer = await http()
      .post('/v1/samples')
      .set({ 'content-type': type, ...headers })
      .send('{"name":"a"}');
    expect(essence(answer)).toEqual(theProblem('unsupported_media_type'));
  });

  it.each(['application/json; charset=utf-8', 'application/json;charset="UTF-8"'])('is taken as %s', async (type) => {
    const answer = await http().post('/v1/samples').set('content-type', type).send('{"name":"a"}');
    expect(answer.status).toBe(201);
  });

  it('may have 256 KiB and not more', async () => {
    const full = await http()
      .post('/v1/samples')
      .type('json')
      .send(bodyOf(256 * 1024));
    expect(essence(full)).toEqual(theProblem('validation_failed'));
    const over = await http()
      .post('/v1/samples')
      .type('json')
      .send(bodyOf(256 * 1024 + 1));
    expect(essence(over)).toEqual(theProblem('payload_too_large'));
  });

  it.each([
    ['nested deeper than 20 levels', `{"parts":${'['.repeat(20)}${']'.repeat(20)}}`, 'too_deep'],
    ['nested 60,000 levels deep', `${'['.repeat(60_000)}${']'.repeat(60_000)}`, 'too_deep'],
    ['with __proto__', '{"name":"a","__proto__":{"admin":true}}', 'unknown_property'],
    ['with an escaped __proto__', '{"name":"a","parts":[{"size":1,"\\u005f_proto__":1}]}', 'unknown_property'],
    ['with constructor.prototype', '{"name":"a","constructor":{"prototype":{"a":1}}}', 'unknown_property'],
    ['with the member constructor', '{"name":"a","constructor":1}', 'unknown_property'],
    ['with the member prototype inside', '{"name":"a","parts":[{"size":1,"prototype":null}]}', 'unknown_property'],
    ['with U+0000 in a value', '{"name":"a\\u0000b"}', 'forbidden_character'],
    ['with half of a surrogate pair in a value', '{"name":"a\\ud800b"}', 'forbidden_character'],
    ['with U+0000 in a name', '{"name":"a","a\\u0000":1}', 'unknown_property'],
    ['with a list longer than any', `{"name":"a","parts":[${'0,'.repeat(120_000)}0]}`, 'too_big'],
    [
      'with more members than any',
      `{${Array.from({ length: 1_001 }, (_, index) => `"m${index}":1`).join()}}`,
      'too_big',
    ],
  ])('is refused %s', async (_, text, code) => {
    const answer = await http().post('/v1/samples').type('json').send(text);
    expect(essence(answer)).toEqual(theProblem('validation_failed'));
    expect(answer.body.errors).toMatchObject([{ code }]);
  });

  it.each([
    ['/name', '{"name":"a","name":"b"}'],
    ['/name', '{"name":"a","quantity":1,"\\u006eame":"a"}'],
    ['/parts/1/size', '{"name":"\\\\\\"{","parts":[{"size":1},{"size":1,"size":1}]}'],
  ])('is refused with the member %s twice: %s', async (pointer, text) => {
    const answer = await http().post('/v1/samples').type('json').send(text);
    expect(essence(answer)).toEqual(theProblem('duplicate_member'));
    expect(answer.body.errors).toMatchObject([{ pointer, code: 'duplicate_member' }]);
  });

  it.each(['{"name":"a,b:\\"name\\":","quantity":1}', '{"name":"x","parts":[{"size":1},{"size":1}]}'])(
    'is taken when equal names are in different objects or inside text: %s',
    async (text) => {
      const answer = await http().post('/v1/samples').type('json').send(text);
      expect(answer.status).toBe(201);
    },
  );

  it.each([
    ['elements of one list', `{"parts":[${'0,'.repeat(1_000)}0, no JSON`, '/parts'],
    ['values in all', `{"parts":[${`[${'0,'.repeat(999)}0],`.repeat(JSON_VALUES_MAX / 1_000)}[0,0, no JSON`, ''],
    ['levels', `{"parts":${'['.repeat(20)} no JSON`, `/parts${'/0'.repeat(19)}`],
  ])('is not read past the first of too many %s', async (_, text, pointer) => {
    const answer = await http().post('/v1/samples').type('json').send(text);
    expect(essence(answer)).toEqual(theProblem('validation_failed'));
    expect(answer.body.errors).toMatchObject([{ pointer }]);
  });

  it('takes strings of nothing but quotes, brackets and backslashes', async () => {
    const part = { size: 1, note: `${'\\"{[,:'.repeat(2_000)}\\` };
    const answer = await postSample({ name: 'a', parts: [part, part] });
    expect(answer.body.errors).toMatchObject([{ pointer: '/parts/0/note' }, { pointer: '/parts/1/note' }]);
  });

  it('is checked against the schema, and each flaw named with its place', async () => {
    const answer = await postSample({ quantity: 0, parts: [{ size: '1' }, { size: 1, colour: 'red' }], 'a/b~c': 1 });
    expect(essence(answer)).toEqual(theProblem('validation_failed'));
    expect(answer.body.errors).toHaveLength(5);
    expect(answer.body.errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ pointer: '/name', code: 'required' }),
        expect.objectContaining({ pointer: '/quantity', code: 'too_small' }),
        expect.objectContaining({ pointer: '/parts/0/size', code: 'invalid_type' }),
        expect.objectContaining({ pointer: '/parts/1/colour', code: 'unknown_property' }),
        expect.objectContaining({ pointer: '/a~1b~0c', code: 'unknown_property' }),
      ]),
    );
  });

  it.each([0, -1, 1.5, '1', 1e9, 2 ** 53, null, true, [1]])(
    'has a whole number where one belongs, not %j',
    async (quantity) => {
      const answer = await postSample({ name: 'a', quantity });
      expect(essence(answer)).toEqual(theProblem('validation_failed'));
      expect(answer.body.errors[0].pointer).toBe('/quantity');
    },
  );

  it('is required where there is a schema', async () => {
    const answer = await http().post('/v1/samples');
    expect(essence(answer)).toEqual(theProblem('validation_failed'));
    expect(answer.body.errors).toMatchObject([{ pointer: '', code: 'required' }]);
  });

  it('names a hundred flaws at the most', async () => {
    const answer = await postSample({ name: 'a', parts: Array.from({ length: 150 }, () => ({})) });
    expect(answer.body.errors).toHaveLength(100);
  });
});
