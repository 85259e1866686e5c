import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LEASE_MS, Slots } from '../../../runtime/edge/slots.ts';

it('counts each call once, as long as it renews its lease, across restarts', () => {
  const deed = fc.record({
    call: fc.integer({ min: 0, max: 5 }),
    do: fc.constantFrom('hold', 'free', 'restart'),
    afterMs: fc.integer({ min: 0, max: LEASE_MS }),
  });
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 60 }), deeds => {
      let slots = new Slots(4);
      let nowMs = 0;
      const until = new Map<string, number>();
      for (const { call, do: what, afterMs } of deeds) {
        nowMs += afterMs;
        const callSid = `CA${call}`;
        if (what === 'restart') slots = new Slots(4, JSON.parse(JSON.stringify(slots)));
        else slots[what](callSid, nowMs);
        if (what === 'hold') until.set(callSid, nowMs + LEASE_MS);
        if (what === 'free') until.delete(callSid);
        const live = [...until.values()].filter(endMs => endMs > nowMs);
        expect(slots.count(nowMs)).toEqual({ used: live.length, slots: 4 });
        expect(slots.nextEndMs).toBe(live.length > 0 ? Math.min(...live) : null);
      }
    }),
  );
});
