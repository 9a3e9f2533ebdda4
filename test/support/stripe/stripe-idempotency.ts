import { invalidRequest, StripeRefusal } from './stripe-objects.js';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly isReplayed: boolean;
}

interface Kept {
  readonly fingerprint: string;
  answer: Answer | undefined;
}

/** Keys as Stripe keeps them: the first answer is given again, also a 500; refused parameters are not kept. */
export class StripeIdempotency {
  private readonly kept = new Map<string, Kept>();

  async run(key: string | undefined, fingerprint: string, execute: () => Promise<Answer>): Promise<Answer> {
    if (key === undefined) return execute();
    const earlier = this.kept.get(key);
    if (earlier !== undefined) return replayed(earlier, fingerprint);
    const kept: Kept = { fingerprint, answer: undefined };
    this.kept.set(key, kept);
    try {
      const answer = await execute();
      if (!isRefusal(answer)) kept.answer = answer;
      return answer;
    } finally {
      if (kept.answer === undefined) this.kept.delete(key);
    }
  }
}

const isRefusal = ({ status }: Answer): boolean => status === 400 || status === 404;

function replayed(kept: Kept, fingerprint: string): Answer {
  if (kept.fingerprint !== fingerprint) {
    throw new StripeRefusal(400, { type: 'idempotency_error', message: 'same key, other parameters' });
  }
  if (kept.answer === undefined) throw invalidRequest('idempotency_key_in_use', 409);
  return { ...kept.answer, isReplayed: true };
}
