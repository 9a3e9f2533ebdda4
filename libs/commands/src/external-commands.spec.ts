import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Tx } from '#database';
import { ExternalCommand, type Opening, type Outcome } from './command.js';
import { CommandSandbox, insertNote, keyOf, options, Refused, stored } from './command-sandbox.suite.js';

let sandbox: CommandSandbox;
beforeAll(async () => {
  sandbox = await CommandSandbox.open({ order: [] });
});
afterAll(() => sandbox?.close());

/** Asks the outside world, which answers what the test says. */
class Ask extends ExternalCommand<string, string, string, string> {
  readonly calls: string[] = [];

  constructor(private readonly world: () => Promise<string>) {
    super();
  }

  override newResource(request: string): string {
    return `resource of ${request}`;
  }

  override async open(tx: Tx, openings: readonly Opening<string>[]): Promise<readonly Outcome<string>[]> {
    for (const { request } of openings) await insertNote(tx, `opened ${request}`);
    return openings.map(({ request }) => (request === 'refused' ? { error: new Refused('No.') } : { result: 'new' }));
  }

  override async resume(): Promise<string> {
    return 'resumed';
  }

  override call(opened: string, { resource }: Opening<string>): Promise<string> {
    this.calls.push(`${opened} ${resource}`);
    return this.world();
  }

  override async finish(_tx: Tx, closings: readonly { called: string }[]): Promise<readonly Outcome<string>[]> {
    return closings.map(({ called }) => ({ result: called }));
  }
}

describe('a command that calls the outside world', () => {
  it('is not called for a request that its first transaction refuses', async () => {
    const ask = new Ask(async () => 'yes');
    await expect(sandbox.runner.run(ask, 'refused', options(keyOf('ask refused')))).rejects.toThrow(Refused);
    const again = await sandbox.runner.run(ask, 'refused', options(keyOf('ask refused')));
    expect([again.replayed, ask.calls]).toEqual([true, []]);
  });

  it('can be asked again under the same key when the call was refused for a while', async () => {
    const answers: (string | Error)[] = [new Refused('Later.'), 'yes'];
    const ask = new Ask(async () => {
      const answer = answers.shift();
      if (typeof answer !== 'string') throw answer;
      return answer;
    });
    const passing = { ...options(keyOf('ask later')), refuse: () => undefined };
    await expect(sandbox.runner.run(ask, 'later', passing)).rejects.toThrow(Refused);
    expect(await sandbox.runner.run(ask, 'later', passing)).toEqual({ result: stored('yes'), replayed: false });
    expect(ask.calls).toEqual(['new resource of later', 'new resource of later']);
  });

  it('goes on with the same resource when its process died during the call', async () => {
    const key = keyOf('ask died');
    const dead = new Ask(() => Promise.reject(new Error('the process died')));
    await expect(sandbox.runner.run(dead, 'died', options(key))).rejects.toThrow('the process died');
    await expect(sandbox.runner.run(dead, 'died', options(key))).rejects.toMatchObject({ code: 'request_in_flight' });
    await sandbox.transactions.run((tx) =>
      tx.query(
        `UPDATE commands.idempotency_keys SET claimed_at = now() - interval '31 s' WHERE resource = 'resource of died'`,
      ),
    );
    const next = new Ask(async () => 'yes');
    expect(await sandbox.runner.run(next, 'died', options(key))).toEqual({ result: stored('yes'), replayed: false });
    expect([dead.calls, next.calls]).toEqual([['new resource of died'], ['resumed resource of died']]);
  });
});
