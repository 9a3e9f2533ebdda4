import { z } from 'zod';
import { idSchema } from '#kernel';

// What one module raises and the routes of another answer with. The document names the members.

export const cartAlreadyOrdered = {
  code: 'cart_already_ordered',
  members: z.object({ orderId: idSchema('order') }),
} as const;

export const orderNotPayable = {
  code: 'order_not_payable',
  members: z.object({ orderStatus: z.string().meta({ example: 'expired' }) }),
} as const;
