import { expect, test } from 'vitest';
import { orderStatus } from '../../../machines/flows/order-status.ts';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { Tool } from '../../../runtime/ports.ts';
import { openOrderLookup } from '../../../src/tools/order-lookup.ts';
import { play, tidy } from './conversation.ts';

/** Time does not pass here, so timers run at once. */
class HastyClock extends SimulatedClock {
  override setTimeout(run: () => void): unknown {
    queueMicrotask(run);
    return null;
  }
}

const lookup = openOrderLookup({ clock: new HastyClock(), toolDelayMs: 0 });

async function check(script: string, tool: Tool = lookup): Promise<void> {
  expect(await play(orderStatus, [tool], script)).toBe(tidy(script));
}

const greeting =
  'takingNumber.greeting: Thanks for calling Acme. This is the automated order line. What is your order number?';

test('a spoken number is read back, confirmed and looked up', () =>
  check(`
    ${greeting}
    Caller: my order number is four seven one one
    takingNumber.confirming: I heard 4 7 1 1. Is that right?
    Caller: yes that's right
    lookingUp: Let me look that up.
    answering.orderFound: Your order 4 7 1 1, a desk lamp, is on its way. It should reach you on Thursday. Is there anything else?
    Caller: no thanks
    goodbye: Thanks for calling Acme. Goodbye!
  `));

test('a keyed number is looked up at once', () =>
  check(`
    ${greeting}
    Caller keys: 1138
    lookingUp: Let me look that up.
    answering.orderFound: Your order 1 1 3 8, two garden chairs, was delivered. It was left with your neighbor on Monday. Is there anything else?
    Caller: goodbye
    goodbye: Thanks for calling Acme. Goodbye!
  `));

test('a misheard number is corrected in the same breath', () =>
  check(`
    ${greeting}
    Caller: forty seven twelve
    takingNumber.confirming: I heard 4 7 1 2. Is that right?
    Caller: no it's forty seven eleven
    takingNumber.confirming: I heard 4 7 1 1. Is that right?
    Caller: no
    takingNumber.asking: Please say the four digits of your order number, or key them in.
    Caller keys: 4712
    lookingUp: Let me look that up.
    answering.orderFound: Your order 4 7 1 2, a set of six wine glasses, is being packed. It leaves us tomorrow and should reach you on Friday. Is there anything else?
  `));

test('a caller who pauses in the middle of a number is waited for', () =>
  check(`
    ${greeting}
    Caller: um
    Caller: my order number is
    Caller: double four
    Caller: um one oh
    takingNumber.confirming: I heard 4 4 1 0. Is that right?
    Caller: yeah
    lookingUp: Let me look that up.
    orderNotFound: I can't find an order 4 4 1 0. Would you like to try another number?
    Caller: yes please
    takingNumber.asking: Please say the four digits of your order number, or key them in.
    Caller: hold on
    takingNumber.waiting: Take your time. Tell me the order number when you have it.
    Caller: okay it's five one five oh
    takingNumber.confirming: I heard 5 1 5 0. Is that right?
    Caller: correct
    lookingUp: Let me look that up.
    answering.orderFound: Your order 5 1 5 0, a pair of bar stools, was cancelled. Your money is back within five days. Is there anything else?
  `));

test('several questions are answered one after the other', () =>
  check(`
    ${greeting}
    Caller: what are your opening hours please
    answering.openingHours: We are open Monday to Friday from nine to six, and on Saturday from ten to four. Is there anything else?
    Caller: well how long does delivery take
    answering.deliveryTime: Standard delivery takes three to five working days, and express delivery one. Is there anything else?
    Caller: sorry, could you say that again please
    answering.deliveryTime: Standard delivery takes three to five working days, and express delivery one. Is there anything else?
    Caller: yes
    helping: You can tell me an order number, ask about opening hours or delivery times, or say agent to talk to a person. What would you like?
    Caller: I want to check my order
    takingNumber.asking: Please say the four digits of your order number, or key them in.
    Caller: actually I have to go, thank you
    goodbye: Thanks for calling Acme. Goodbye!
  `));

test('two misunderstandings in a row offer the keypad, a third a person', () =>
  check(`
    ${greeting}
    Caller: do you sell giraffes
    takingNumber.greeting: Sorry, I didn't catch that. What is your order number? You can also say help.
    Caller: the big spotted ones
    takingNumber.greeting: Sorry, I still didn't get that. You can also key in the number. What is your order number? You can also say help.
    Caller: never heard of them
    takingNumber.greeting: I'm sorry, I'm having trouble understanding. To talk to a person, say agent. What is your order number? You can also say help.
    Caller: agent
    transferring: I'll put you through to a person. From here on the call may be recorded.
  `));

test('a caller who was taken for leaving can stay', () =>
  check(`
    ${greeting}
    Caller: bye
    goodbye: Thanks for calling Acme. Goodbye!
    Caller: no wait please
    helping: You can tell me an order number, ask about opening hours or delivery times, or say agent to talk to a person. What would you like?
    Caller: agent
    transferring: I'll put you through to a person. From here on the call may be recorded.
  `));

test('a failed lookup can be tried again or left', () => {
  let failures = 2;
  const flaky: Tool = {
    ...lookup,
    run: (input, context) =>
      failures-- > 0 ? Promise.reject(new Error('The records are down.')) : lookup.run(input, context),
  };
  return check(
    `
    ${greeting}
    Caller keys: 2401
    lookingUp: Let me look that up.
    lookupFailed: I'm sorry, I can't reach the order records right now. Shall I try again? Or say agent to talk to a person.
    Caller: try again
    lookingUp: Let me look that up.
    lookupFailed: I'm sorry, I can't reach the order records right now. Shall I try again? Or say agent to talk to a person.
    Caller: yes please
    lookingUp: Let me look that up.
    answering.orderFound: Your order 2 4 0 1, seven picture frames, is on its way. It should reach you on Thursday. Is there anything else?
    Caller: that's all thank you
    goodbye: Thanks for calling Acme. Goodbye!
  `,
    flaky,
  );
});

test('a caller who gives up on a number is asked what else', () =>
  check(`
    ${greeting}
    Caller keys: 1111
    lookingUp: Let me look that up.
    orderNotFound: I can't find an order 1 1 1 1. Would you like to try another number?
    Caller: no never mind
    answering.anythingElse: All right. Is there anything else I can help you with?
    Caller: another order
    takingNumber.asking: Please say the four digits of your order number, or key them in.
  `));
