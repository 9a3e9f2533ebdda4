import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { eventually } from '../../../../test/support/eventually.js';
import { HttpSandbox } from '../../../../test/support/http-sandbox.js';
import { theProblem, essence, SampleController } from '../sample-api.suite.js';

const CARD = '4111 1111 1111 1111';
const DIGITS = CARD.replaceAll(' ', '');

let sandbox: HttpSandbox;
beforeAll(async () => {
  sandbox = await HttpSandbox.open([SampleController]);
});
afterAll(() => sandbox.close());

const http = () => request(sandbox.url);
const post = (body: object) => http().post('/v1/samples').send(body);

const logged = async (): Promise<string> => {
  await eventually(() => expect(sandbox.lines.join('')).toContain('"code":"validation_failed"'));
  return sandbox.lines.join('');
};

describe('the number of a payment card in a request is refused, and neither repeated nor logged:', () => {
  it.each([
    ['in a member', () => post({ name: CARD }), { pointer: '/name' }],
    ['as a number', () => post({ name: 'Mug', quantity: Number(DIGITS) }), { pointer: '/quantity' }],
    ['in a text', () => post({ name: `my card: ${CARD}` }), { pointer: '/name' }],
    [
      'deep in the body',
      () => post({ name: 'Mug', parts: [{ size: 1 }, { size: DIGITS }] }),
      { pointer: '/parts/1/size' },
    ],
    ['where no member is expected', () => post({ name: 'Mug', card: { number: DIGITS } }), { pointer: '/card/number' }],
    ['as the name of a member', () => post({ name: 'Mug', [DIGITS]: 1 }), { pointer: '' }],
    [
      'escaped',
      () =>
        http()
          .post('/v1/samples')
          .type('json')
          .send(`{"name":"\\u0034${DIGITS.slice(1)}"}`),
      { pointer: '/name' },
    ],
    ['in the query', () => http().get(`/v1/samples?cursor=${DIGITS}`), { pointer: '/cursor', in: 'query' }],
    [
      'in a query that nobody reads',
      () => http().delete(`/v1/samples/1?card=${DIGITS}`),
      { pointer: '/card', in: 'query' },
    ],
    ['in the path', () => http().get(`/v1/samples/${DIGITS}`), { pointer: '/sampleId', in: 'path' }],
    [
      'in the path, encoded',
      () => http().get(`/v1/samples/%34${DIGITS.slice(1)}`),
      { pointer: '/sampleId', in: 'path' },
    ],
  ])('%s', async (_, send, where) => {
    const answer = await send();
    expect(essence(answer)).toEqual(theProblem('validation_failed'));
    expect(answer.body.errors).toEqual([{ code: 'card_number', detail: expect.stringContaining('token'), ...where }]);
    expect(answer.text + (await logged())).not.toMatch(/1111 ?1111/);
  });

  it('in a path that there is not', async () => {
    const answer = await http().get(`/v1/saucers/${DIGITS}/x`);
    expect(answer.body).toMatchObject({ code: 'route_not_found', instance: '/v1/saucers/hidden/x' });
    expect(answer.text + (await logged())).not.toMatch(/1111 ?1111/);
  });
});

describe('digits that are no card', () => {
  it('pass: a SKU of the merchant, an EAN, and what a provider has signed', async () => {
    const refused = await post({ name: '4006381333931', sku: DIGITS });
    expect(refused.body.errors).toEqual([expect.objectContaining({ code: 'unknown_property' })]);
    expect((await post({ name: '4006381333931' })).status).toBe(201);
    const signed = await http().post('/v1/samples/raw').send({ anything: DIGITS });
    expect(signed.body).toEqual({ hex: Buffer.from(JSON.stringify({ anything: DIGITS })).toString('hex') });
  });
});
