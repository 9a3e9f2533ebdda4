import { parseArgs } from 'node:util';
import { ApiKeys } from '#http';
import { contract } from '../../../shop.js';
import { CommandFailed, UsageError, type Command } from '../command.js';
import { noArguments } from '../no-arguments.js';
import { operator } from '../operator.js';
import { column } from '../terminal-text.js';
import { withShop } from '../with-shop.js';

const LABEL_MAX = 100;

const actions: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = { create, list, revoke };

export const keys: Command = {
  name: 'keys',
  usage: ['keys create --label <whose, what for> --scopes <scope,scope…>', 'keys list', 'keys revoke <id>'],
  summary: `API keys of staff and machines. Scopes: ${contract.scopes.join(', ')}.`,
  async run([action = '', ...args]) {
    const chosen = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (chosen === undefined) throw new UsageError('keys takes one of: create, list, revoke');
    await chosen(args);
  },
};

async function create(args: readonly string[]): Promise<void> {
  const { label, scopes } = readOptions(args);
  const { id, key } = await withShop((shop) => shop.get(ApiKeys).create(label, scopes, operator()));
  console.log(`${id}\n${key}`);
  console.error('This is the only time that the key is shown. It is sent as: Authorization: Bearer <key>');
}

async function list(args: readonly string[]): Promise<void> {
  noArguments(args);
  const known = await withShop((shop) => shop.get(ApiKeys).list());
  for (const { id, label, scopes, createdAt, revokedAt } of known) {
    const state = revokedAt === null ? 'live' : `revoked ${revokedAt.toISOString()}`;
    console.log([id, createdAt.toISOString(), state, scopes.join(','), label].map(column).join('  '));
  }
  if (known.length === 0) console.log('There are no keys. ADMIN_API_KEY of the environment is not listed here.');
}

async function revoke([id, ...more]: readonly string[]): Promise<void> {
  if (id === undefined || more.length > 0) throw new UsageError('keys revoke takes one id, as `keys list` shows it');
  const revoked = await withShop((shop) => shop.get(ApiKeys).revoke(id, operator()));
  if (!revoked) throw new CommandFailed(`There is no live key ${id}. \`keys list\` shows them.`);
  console.log(`${id} is revoked.`);
}

function readOptions(args: readonly string[]): { label: string; scopes: string[] } {
  const { label, scopes = '' } = parsed(args);
  if (label === undefined || label === '' || label.length > LABEL_MAX) {
    throw new UsageError(`keys create needs --label with 1 to ${LABEL_MAX} characters`);
  }
  const chosen = scopes.split(',').map((scope) => scope.trim());
  const unknown = chosen.filter((scope) => !contract.scopes.includes(scope));
  if (unknown.length > 0) throw new UsageError(`keys create needs --scopes, some of: ${contract.scopes.join(', ')}`);
  return { label, scopes: [...new Set(chosen)] };
}

function parsed(args: readonly string[]): { label?: string | undefined; scopes?: string | undefined } {
  try {
    const options = { label: { type: 'string' }, scopes: { type: 'string' } } as const;
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
