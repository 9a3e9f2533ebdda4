import type { Command } from '../command.js';

/** What the program can do, for people. */
export function usageOf(commands: readonly Command[]): string {
  const lines = commands.flatMap(({ usage, summary }) => [...usage.map((line) => `  ${line}`), `      ${summary}`, '']);
  return ['Commands:', '', ...lines].join('\n');
}

export const help = (commands: () => readonly Command[]): Command => ({
  name: 'help',
  usage: ['help'],
  summary: 'Show this.',
  async run() {
    console.log(usageOf(commands()));
  },
});
