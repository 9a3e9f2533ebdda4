import { z } from 'zod';
import { idSchema, moneySchema, type ProblemType } from '#kernel';
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

export const discountNotValid = {
  code: 'discount_not_valid',
  kind: 'conflict',
  title: 'Discount code does not apply',
  help: 'Remove the code, or do what its reason asks for. With the reason minimum, the member minSubtotal says what the cart must be worth.',
  members: z.object({
    discountCode: z.string().meta({ example: 'SPRING10' }),
    reason: z.string().meta({ description: 'unknown, not_yet, expired, currency or minimum', example: 'expired' }),
    minSubtotal: moneySchema.optional(),
  }),
} as const;

export const discountExhausted = {
  code: 'discount_exhausted',
  kind: 'conflict',
  title: 'Discount code is used up',
  help: 'All uses of the code are taken, or this buyer has taken theirs. An order that ends unpaid gives its use back.',
  members: z.object({ discountCode: z.string().meta({ example: 'SPRING10' }) }),
} as const;

export const sharedProblems: readonly ProblemType[] = [
  cartAlreadyOrdered,
  orderNotPayable,
  discountNotValid,
  discountExhausted,
  CartLocked.problem,
];
