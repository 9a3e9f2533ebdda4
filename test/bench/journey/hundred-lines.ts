import { buy } from './journey.js';
import { percentiles } from './percentiles.js';
import { baskets, type Stage } from './stage.js';

const LINES = 100;

/** How long the three requests take, in milliseconds, half of them less. */
export interface HundredLines {
  readonly oneLineMs: number;
  readonly hundredLinesMs: number;
}

/** One buyer, in turns with one line and with a hundred, so that a busy moment of the machine falls on both. */
export async function hundredLines(stage: Stage, pairs: number): Promise<HundredLines> {
  const [one, hundred]: [number[], number[]] = [[], []];
  for (let pair = 0; pair < pairs; pair += 1) {
    one.push(await timeOf(stage, 1));
    hundred.push(await timeOf(stage, LINES));
  }
  await stage.settled();
  return { oneLineMs: percentiles(one).p50, hundredLinesMs: percentiles(hundred).p50 };
}

async function timeOf(stage: Stage, lines: number): Promise<number> {
  const { stepsMs, refusal } = await buy(stage.connections, baskets.ofLines(lines));
  if (refusal !== undefined) throw new Error(`An order of ${lines} lines was refused: ${refusal}`);
  return stepsMs.reduce((sum, ms) => sum + ms, 0);
}
