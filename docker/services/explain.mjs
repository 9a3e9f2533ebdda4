import { goneWithin } from './processes.mjs';
import { exitLog, stderrTail } from './server-log.mjs';
import { addressOf } from './targets.mjs';
import { Advice } from './terminal.mjs';

/** @typedef {import('./targets.mjs').Target} Target */

/**
 * An answer from the address that is of no use, and what to change.
 *
 * @param {Target} target @param {URL} url @param {{why: string, lacks?: boolean}} answer @param {boolean} isOurs
 */
export function explain(target, url, answer, isOurs) {
  const { variable, name } = target.kind;
  let remedy = `Set ${variable} (in .env or the environment) to what that server expects, or to a port that is free.`;
  if (answer.lacks) remedy = `Create it there, or set ${variable} (in .env or the environment) to one that exists.`;
  if (isOurs) {
    remedy = `It was made with another ${variable}: set that again, or drop it with: npm run services -- reset ${name}`;
  }
  return `${variable}: ${addressOf(target, url)} ${answer.why}.\n  ${remedy}`;
}

/** @param {Target} target @param {URL} url @param {string} why */
export function explainRemote(target, url, why) {
  const { variable, title } = target.kind;
  return [
    `${variable}: no ${title} answers at ${addressOf(target, url)} (${why}).`,
    `  Servers are started on this machine only: correct ${variable} (in .env or the environment), or start that one.`,
  ].join('\n');
}

/**
 * A server of ours that did not start: the cause if its output names one, and its last lines.
 *
 * @param {Target} target @param {import('./instances.mjs').Instance | null} own null with a server of nobody's @param {string} what
 */
export async function explainEnd({ title, kind }, own, what) {
  const [logWriter] = own?.processes ?? [];
  if (!own || !logWriter) return new Advice(`${title} ${what}.`);
  await goneWithin(logWriter, logWriter.graceMs);
  const lines = `Its last lines, from ${own.home}/log:\n${stderrTail(own.home)}`;
  if (!isOfOtherVersion(kind, exitLog(own.home))) return new Advice(`${title} ${what}. ${lines}`);
  return new Advice(
    `${title} does not start: its data in ${own.home} was written by another version of ${kind.title}.\n` +
      `  Install that version again, or drop the data with: npm run services -- reset ${kind.name}\n${lines}`,
  );
}

/** @param {import('../servers/catalogue.mjs').ServerKind} kind @param {string} output of the server that ended */
export const isOfOtherVersion = ({ otherVersion }, output) => otherVersion?.test(output) ?? false;
