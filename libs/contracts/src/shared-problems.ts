import { z } from 'zod';
import { idSchema, type ProblemType } from '#kernel';
import { CartLocked } from './shared-errors.js';

// What one module raises and the routes of another answer with. The document names the members.

export const cartAlreadyOrdered = {
  code: 'cart_already_ordered',
  kind: 'conflict',
  title: 'Cart already ordered',
  help: 'A cart becomes one order. The member orderId names it.',
  members: z.object({ orderId: idSchema('order') }),
} as const;

export const orderNotPayable = {
  code: 'order_not_payable',
  kind: 'conflict',
  title: 'Order cannot be paid',
  members: z.object({ orderStatus: z.string().meta({ example: 'expired' }) }),
} as const;

export const sharedProblems: readonly ProblemType[] = [cartAlreadyOrdered, orderNotPayable, CartLocked.problem];
