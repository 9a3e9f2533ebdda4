import { z } from 'zod';
import { idSchema } from '#kernel';
import { defineEvent } from '#messaging';
import { eventLines } from './event-lines.js';

const ORDER = 'order_01h2xcejqtf2nbrexx3vqjhp41';

const stockChange = z.object({ orderId: idSchema('order'), lines: eventLines });
const stockExample = { orderId: ORDER, lines: [{ sku: 'MUG-BLUE', quantity: 2 }] };

export const StockReserved = defineEvent({
  type: 'stock.reserved.v1',
  source: 'inventory',
  description: 'Stock is held for an order until a time.',
  schema: stockChange.extend({ expiresAt: z.iso.datetime() }),
  example: { ...stockExample, expiresAt: '2026-01-31T12:15:00.000Z' },
  queues: [],
});

export const StockCommitted = defineEvent({
  type: 'stock.committed.v1',
  source: 'inventory',
  description: 'The held stock belongs to a paid order and waits to be shipped.',
  schema: stockChange,
  example: stockExample,
  queues: [],
});

export const StockReleased = defineEvent({
  type: 'stock.released.v1',
  source: 'inventory',
  description: 'Stock that an order held can be sold again.',
  schema: stockChange.extend({ reason: z.enum(['expired', 'cancelled']) }),
  example: { ...stockExample, reason: 'expired' as const },
  queues: [],
});

export const StockShorted = defineEvent({
  type: 'stock.shorted.v1',
  source: 'inventory',
  description:
    'A physical count found fewer units than an order holds: what it held of this SKU and place is given up, and the order is to wait.',
  schema: z.object({
    orderId: idSchema('order'),
    lines: eventLines.describe('What it does not hold any more.'),
    movementId: idSchema('mov').describe('The count.'),
  }),
  example: { ...stockExample, movementId: 'mov_01h2xcejqtf2nbrexx3vqjhp41' },
  queues: ['order.stock-shorted'],
});

export const StockConsumed = defineEvent({
  type: 'stock.consumed.v1',
  source: 'inventory',
  description: 'Committed stock of an order has left the shop.',
  schema: stockChange,
  example: stockExample,
  queues: [],
});

const levelChange = z.object({
  sku: z.string().min(1).max(64),
  location: z.string().min(1).max(64),
  available: z.int().min(0).describe('Units that can be promised now.'),
});
const levelExample = { sku: 'MUG-BLUE', location: 'default', available: 0 };

export const StockLow = defineEvent({
  type: 'stock.low.v1',
  source: 'inventory',
  description:
    'What can be promised of a SKU at a location has fallen to its low-stock line. The sequence is the version of the level: it grows, with gaps.',
  schema: levelChange,
  example: { ...levelExample, available: 3 },
  queues: [],
});

export const StockOut = defineEvent({
  type: 'stock.out.v1',
  source: 'inventory',
  description:
    'Nothing can be promised of a SKU at a location any more. The sequence is the version of the level: it grows, with gaps.',
  schema: levelChange,
  example: levelExample,
  queues: [],
});

export const StockBack = defineEvent({
  type: 'stock.back.v1',
  source: 'inventory',
  description:
    'Of a SKU of which nothing could be promised at a location something can again. The sequence is the version of the level: it grows, with gaps.',
  schema: levelChange,
  example: { ...levelExample, available: 5 },
  queues: [],
});
