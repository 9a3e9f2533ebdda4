import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { Consumes, type ReceivedEvent } from '#messaging';
import type { MessagingSandbox, MessagingWorker } from '../../support/messaging-sandbox.js';
import { OrderPlaced, QUEUE, placed } from './stage.js';

const POLL_MS = 1_000;

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const arrivals = new Map<string, () => void>();

@Controller()
class Listener {
  @Consumes(OrderPlaced, QUEUE)
  async onPlaced(@Payload() events: readonly ReceivedEvent<typeof OrderPlaced>[]): Promise<void> {
    for (const { subject } of events) arrivals.get(subject)?.();
  }
}

// What Outbox writes, but nobody is woken.
const QUIETLY = `
  INSERT INTO messaging.outbox (id, type, source, subject, sequence, data, mandatory, correlation_id, traceparent)
  VALUES (gen_random_uuid(), $1, 'bench', $2, 1, $3, true, 'bench', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')`;

export interface Way {
  readonly publish: (worker: MessagingWorker, subject: string) => Promise<void>;
  readonly samples: number;
  /** At most, between one event's arrival and the next one. */
  readonly pauseMs: number;
}

/** As business code does it. */
export const wokenByNotify: Way = {
  samples: 300,
  pauseMs: 100,
  publish: (worker, subject) => worker.publish([placed(subject)]),
};

/** At any moment between two looks. */
export const foundByPolling: Way = {
  samples: 100,
  pauseMs: POLL_MS,
  publish: (worker, subject) =>
    worker.publish([], async (tx) => {
      await tx.query(QUIETLY, [OrderPlaced.type, subject, JSON.stringify(OrderPlaced.example)]);
    }),
};

/** From before the transaction that adds an event until its handler runs, one event at a time. */
export async function latency(sandbox: MessagingSandbox, { publish, samples, pauseMs }: Way): Promise<Latency> {
  const worker = await sandbox.startWorker([Listener], { OUTBOX_POLL_MS: String(POLL_MS) });
  await worker.connected();
  const tookMs: number[] = [];
  for (let sample = -5; sample < samples; sample += 1) {
    const subject = randomUUID();
    const arrived = new Promise<void>((resolve) => arrivals.set(subject, resolve));
    const startedAt = performance.now();
    await publish(worker, subject);
    await arrived;
    // The first few warm up.
    if (sample >= 0) tookMs.push(performance.now() - startedAt);
    await pause(Math.random() * pauseMs);
  }
  await worker.stop();
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
