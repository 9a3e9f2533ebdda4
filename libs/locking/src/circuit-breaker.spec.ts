import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../test/support/eventually.js';
import { CircuitBreaker } from './circuit-breaker.js';

describe('the breaker', () => {
  const breakers: CircuitBreaker[] = [];
  const aBreaker = () => {
    const log: string[] = [];
    const service = { up: false };
    const breaker = new CircuitBreaker(
      () => (service.up ? Promise.resolve() : Promise.reject(new Error('down'))),
      (reason) => log.push(`opened: ${String(reason)}`),
      () => log.push('closed'),
    );
    breakers.push(breaker);
    return { breaker, log, service };
  };
  afterEach(() => {
    for (const breaker of breakers.splice(0)) breaker.stop();
  });

  it('opens after five failures in a row, and says why once', () => {
    const { breaker, log } = aBreaker();
    for (let call = 1; call <= 4; call += 1) breaker.failed('timeout');
    breaker.succeeded();
    for (let call = 1; call <= 4; call += 1) breaker.failed('timeout');
    expect(breaker.isOpen).toBe(false);
    for (let call = 1; call <= 3; call += 1) breaker.failed('refused');
    expect(breaker.isOpen).toBe(true);
    expect(log).toEqual(['opened: refused']);
  });

  it('opens when more than half of at least ten calls fail', () => {
    const { breaker } = aBreaker();
    const calls = (pairs: number) => {
      for (let call = 1; call <= pairs; call += 1) {
        breaker.succeeded();
        breaker.failed('timeout');
      }
    };
    calls(10);
    expect(breaker.isOpen).toBe(false);
    breaker.failed('timeout');
    expect(breaker.isOpen).toBe(true);
  });

  it('closes by itself when a probe succeeds, and starts to count anew', async () => {
    const { breaker, log, service } = aBreaker();
    for (let call = 1; call <= 5; call += 1) breaker.failed('timeout');
    service.up = true;
    await eventually(() => expect(breaker.isOpen).toBe(false));
    expect(log).toEqual(['opened: timeout', 'closed']);
    for (let call = 1; call <= 4; call += 1) breaker.failed('timeout');
    expect(breaker.isOpen).toBe(false);
  });

  it('forgets the failures before it closed', async () => {
    const { breaker, service } = aBreaker();
    for (let call = 1; call <= 10; call += 1) breaker.failed('refused');
    service.up = true;
    await eventually(() => expect(breaker.isOpen).toBe(false));
    breaker.failed('timeout');
    expect(breaker.isOpen).toBe(false);
  });
});
