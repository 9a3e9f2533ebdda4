import { z } from 'zod';
import { pageOf, pageQuery } from '#http';
import { idSchema, lineOfText, type Id } from '#kernel';
import {
  DEAD_LETTER_STATUSES,
  GROUPS_MAX,
  HISTORY_ACTIONS,
  type DeadLetter,
  type DeadLetterGroup,
  type OpenedDeadLetter,
  DeadLetterSettled,
} from '#messaging';

/** Nothing of ours nests this deep, and garbage that does could not be written as JSON again: that takes the stack. */
const JSON_DEPTH_MAX = 100;

const id = idSchema('dead');
const queue = z.string().min(1).max(255).meta({ example: 'order.payment-captured' });
const error = z
  .string()
  .min(1)
  .max(200)
  .meta({ example: 'PermanentFailure', description: 'Class or code of the last error.' });
const time = z.iso.datetime();

/** A text of another shape is not the id of any letter: 404. */
export const DeadLetterParams = z.strictObject({
  id: z
    .string()
    .max(100)
    .meta(id.meta() ?? {})
    .transform((text) => text as Id<'dead'>),
});
export type DeadLetterParams = z.infer<typeof DeadLetterParams>;

const status = z.enum(DEAD_LETTER_STATUSES);
export const deadLetterSettled = {
  ...DeadLetterSettled.problem,
  members: z.object({ from: status, to: status }),
} as const;

export const DeadLetterQuery = pageQuery.extend({
  cursor: pageQuery.shape.cursor.pipe(id.optional()),
  queue: queue.optional(),
  error: error.optional(),
  status: status.optional(),
});
export type DeadLetterQuery = z.infer<typeof DeadLetterQuery>;

export const DiscardBody = z.strictObject({ reason: lineOfText(500) }).meta({
  id: 'DeadLetterDiscard',
  example: { reason: 'The order was refunded by hand.' },
});
export type DiscardBody = z.infer<typeof DiscardBody>;

export const ReplayGroupBody = z.strictObject({ queue, error: error.optional() }).meta({ id: 'DeadLetterReplay' });
export type ReplayGroupBody = z.infer<typeof ReplayGroupBody>;

export const ReplayGroupView = z
  .object({
    replaying: z.int().meta({ description: 'Letters that this request has set on their way.' }),
    remaining: z.int().meta({ description: 'Letters of the group that still wait: repeat the request for them.' }),
  })
  .meta({ id: 'DeadLetterReplayed' });

const letterView = z.object({
  id,
  queue,
  status: status.meta({
    description:
      '`waiting` for a decision, `replaying`: about to return to its queue, `replayed`: returned (it waits here again if it fails again), ' +
      '`discarded`.',
  }),
  messageId: z.string(),
  type: z.string().nullable().meta({ example: 'payment.captured.v1' }),
  source: z.string().nullable(),
  subject: z.string().nullable(),
  sequence: z.int().nullable(),
  error,
  detail: z.string().meta({ description: 'What the last error says.' }),
  attempts: z.int().meta({ description: 'Tries, those of replays included.' }),
  replays: z.int().meta({ description: 'How often a replay was asked for.' }),
  firstFailedAt: time,
  lastFailedAt: time,
  archivedAt: time,
  changedAt: time.meta({ description: 'Since when it has its status.' }),
});

export const DeadLetterView = letterView.meta({
  id: 'DeadLetter',
  description: 'What its message did not say is null.',
});
export const DeadLetterPage = pageOf(DeadLetterView);

export const DeadLetterGroupsView = z
  .object({
    data: z
      .array(z.object({ queue, error, waiting: z.int(), detail: z.string(), firstFailedAt: time, lastFailedAt: time }))
      .max(GROUPS_MAX),
  })
  .meta({ id: 'DeadLetterGroups' });

export const OpenedDeadLetterView = letterView
  .extend({
    body: z.object({
      bytes: z.int().meta({ description: 'Length as it was sent.' }),
      json: z
        .unknown()
        .optional()
        .meta({ description: 'Missing where it is not JSON, nests endlessly, or is longer than 256 KiB.' }),
      base64: z.string().optional().meta({ description: 'Where `json` is missing: its first 256 KiB.' }),
    }),
    properties: z.record(z.string(), z.unknown()).meta({ description: 'AMQP properties and headers as it arrived.' }),
    stack: z.string(),
    originalExchange: z.string().nullable(),
    originalRoutingKey: z.string().nullable(),
    handledAt: time.nullable().meta({
      description: 'When a copy of the message took effect in this queue. Another one will have none.',
    }),
    history: z.array(
      z.object({
        action: z.enum(HISTORY_ACTIONS),
        actor: z.string().nullable(),
        note: z.string().nullable(),
        at: time,
      }),
    ),
  })
  .meta({ id: 'OpenedDeadLetter' });

export function letterViewOf(letter: DeadLetter): z.input<typeof DeadLetterView> {
  return {
    id: letter.id,
    queue: letter.queue,
    status: letter.status,
    messageId: letter.messageId,
    type: letter.type,
    source: letter.source,
    subject: letter.subject,
    sequence: letter.sequence,
    error: letter.error,
    detail: letter.detail,
    attempts: letter.attempts,
    replays: letter.replays,
    firstFailedAt: letter.firstFailedAt.toISOString(),
    lastFailedAt: letter.lastFailedAt.toISOString(),
    archivedAt: letter.archivedAt.toISOString(),
    changedAt: letter.changedAt.toISOString(),
  };
}

export function openedViewOf(letter: OpenedDeadLetter): z.input<typeof OpenedDeadLetterView> {
  return {
    ...letterViewOf(letter),
    body: bodyView(letter),
    properties: letter.properties,
    stack: letter.stack,
    originalExchange: letter.originalExchange,
    originalRoutingKey: letter.originalRoutingKey,
    handledAt: letter.handledAt?.toISOString() ?? null,
    history: letter.history.map((entry) => ({ ...entry, at: entry.at.toISOString() })),
  };
}

export function groupViewOf(group: DeadLetterGroup): z.input<typeof DeadLetterGroupsView>['data'][number] {
  return {
    ...group,
    firstFailedAt: group.firstFailedAt.toISOString(),
    lastFailedAt: group.lastFailedAt.toISOString(),
  };
}

function bodyView({ body, bodyBytes: bytes }: OpenedDeadLetter): z.input<typeof OpenedDeadLetterView>['body'] {
  const json = body.length === bytes ? jsonOf(body) : undefined;
  return json === undefined ? { bytes, base64: body.toString('base64') } : { bytes, json };
}

/** Undefined where it is none, or none that can be shown. */
function jsonOf(body: Buffer): unknown {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return isTooDeep(json) ? undefined : json;
  } catch {
    return undefined;
  }
}

function isTooDeep(json: unknown): boolean {
  let layer = [json];
  for (let depth = 0; layer.length > 0; depth += 1) {
    if (depth > JSON_DEPTH_MAX) return true;
    layer = layer.flatMap((value): unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
  return false;
}
