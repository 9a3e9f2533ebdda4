import { CommandFailed, type Command } from '../command.js';
import { noArguments } from '../no-arguments.js';
import { buySomething } from '../demo-purchase.js';
import { readConfig } from '../../../environment.js';
import { ShopClient } from '../shop-client.js';
import { oneLine } from '../terminal-text.js';

export const demo: Command = {
  name: 'demo',
  usage: ['demo'],
  summary:
    'Buy something from the running server, and show each step. HOLDFAST_URL names another server than HOST and PORT.',
  async run(args) {
    noArguments(args);
    const { HOST, PORT } = readConfig();
    const host = HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST;
    const url = process.env['HOLDFAST_URL'] ?? `http://${host}:${PORT}`;
    if (!URL.canParse(url)) throw new CommandFailed(`HOLDFAST_URL is not a URL: ${url}`);
    await buySomething(new ShopClient(url.replace(/\/$/, ''), (line) => console.log(oneLine(line))));
  },
};
