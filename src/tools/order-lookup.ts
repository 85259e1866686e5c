import type { Tool } from '../../runtime/ports.ts';
import { pause } from './back-office.ts';
import sampleOrders from './sample-orders.json' with { type: 'json' };
import type { ToolWorld } from './tool-world.ts';

/** One order, in words that fit into a sentence: "Your order, `item`, `status`. `arrival`". */
export interface Order {
  orderNumber: string;
  item: string;
  status: string;
  arrival: string;
}

/**
 * The sample back office: finds an order among `orders`, after `toolDelayMs`. The answer is `{ found, orderNumber }`
 * and, for an order that was found, the rest of it. Throws when `orderNumber` is not digits, and when aborted.
 */
export function openOrderLookup(world: ToolWorld, orders: readonly Order[] = sampleOrders): Tool {
  const byNumber = new Map(orders.map(order => [order.orderNumber, order]));
  return {
    name: 'lookUpOrder',
    description:
      'Looks up an order by its four-digit orderNumber. Answers whether it was found and, if so, its item, status and arrival.',
    inputSchema: {
      type: 'object',
      properties: { orderNumber: { type: 'string', pattern: '^[0-9]{4}$' } },
      required: ['orderNumber'],
      additionalProperties: false,
    },
    timeoutMs: 5_000,
    async run(input, { signal }) {
      const orderNumber = readOrderNumber(input.orderNumber);
      await pause(world, signal);
      const order = byNumber.get(orderNumber);
      return order ? { found: true, ...order } : { found: false, orderNumber };
    },
  };
}

function readOrderNumber(given: unknown): string {
  if (typeof given === 'string' && /^\d+$/.test(given)) return given;
  throw new TypeError('lookUpOrder needs an orderNumber of digits, as "4711".');
}
