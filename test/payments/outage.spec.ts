import { expect, it } from '@jest/globals';
import { outage } from './outage.js';

/** The short form of the outage of `npm run test:payments`. */
const SECONDS = 20;
const BUYERS = 30;
const LIMIT_MS = 300_000;

it(
  'while the provider is down buyers are answered at once, stock stays held, and afterwards every payment is taken once',
  async () => {
    const { answers, circuit, complaints } = await outage({ seconds: SECONDS, buyers: BUYERS });
    expect(complaints).toEqual([]);
    expect(answers).toMatchObject({
      '201 unknown': expect.any(Number),
      '503 payment_provider_unavailable': expect.any(Number),
    });
    expect(
      Object.keys(answers).filter(
        (answer) => !/^201 unknown|^503 payment_provider|^409 order_not_payable/.test(answer),
      ),
    ).toEqual([]);
    expect(circuit).toEqual([
      'payment_provider_circuit_open{provider="stripe"} 1',
      'payment_provider_circuit_open{provider="stripe"} 0',
    ]);
  },
  LIMIT_MS,
);
