/** As the shop of a test is set up: three tries a delivery, and two delays between deliveries. */
const TRIES = 9;
const DELAYS_MS: ReadonlyMap<number, number> = new Map([
  [3, 1_000],
  [6, 5_000],
]);
/** The line of a failure is written when the broker has confirmed the next delivery, whose delay runs by then. */
const LOGGED_LATE = 0.2;

interface Failure {
  readonly subject: string;
  readonly attempt: number;
  readonly at: number;
}

/** What the log of a worker tells about the tries of the messages of a queue that never succeeded. */
export function exactAttempts(log: string, queue: string): { subjects: number; wrong: number; summary: string } {
  const bySubject = new Map<string, Failure[]>();
  for (const failure of failuresIn(log, queue)) {
    bySubject.set(failure.subject, [...(bySubject.get(failure.subject) ?? []), failure]);
  }
  const late = new Map([...DELAYS_MS.keys()].map((attempt) => [attempt, 0]));
  let wrong = 0;
  for (const failures of bySubject.values()) {
    const inOrder = failures.toSorted((a, b) => a.attempt - b.attempt);
    if (inOrder.length !== TRIES || inOrder.some(({ attempt }, index) => attempt !== index + 1)) wrong += 1;
    for (const [attempt, delayMs] of DELAYS_MS) {
      const [before, after] = [inOrder[attempt - 1], inOrder[attempt]];
      const waitedMs = before && after ? after.at - before.at : 0;
      if (waitedMs < delayMs * (1 - LOGGED_LATE)) wrong += 1;
      late.set(attempt, Math.max(late.get(attempt)!, waitedMs - delayMs));
    }
  }
  const delays = [...DELAYS_MS].map(([attempt, delayMs]) => `${delayMs} ms + at most ${late.get(attempt)}`);
  return { subjects: bySubject.size, wrong, summary: `${TRIES} tries each, delays ${delays.join(' and ')}` };
}

function failuresIn(log: string, queue: string): Failure[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line['queue'] === queue && typeof line['attempt'] === 'number')
    .map((line) => ({
      subject: String(line['subject']),
      attempt: line['attempt'] as number,
      at: Date.parse(String(line['time'])),
    }));
}
