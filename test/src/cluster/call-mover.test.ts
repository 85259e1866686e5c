import { describe, expect, it } from 'vitest';
import type { Call } from '../../../runtime/call.ts';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { CallTakenOver } from '../../../runtime/journal.ts';
import type { ReleasedCall } from '../../../runtime/moving/prepared-call.ts';
import { CallMover } from '../../../src/cluster/call-mover.ts';
import type { Peer } from '../../../src/storage/node-registry.ts';

const PEER: Peer = { node: 'b', url: 'http://b.test', region: 'eu', calls: 0 };
const RECORDS_MS = 5;

/** A node of which everything is simple but the mover: its calls can be let go at any time, or at none. */
class DrainingNode {
  readonly clock = new SimulatedClock();
  readonly calls: Call[] = [];
  readonly stuck = new Set<string>();
  /** What the records do not know of yet. */
  readonly unknown = new Set<string>();
  /** In order: `release a`, `written a`, `moved a`. */
  readonly happened: string[] = [];
  readonly unclaimed = new Set<string>();
  readonly complaints: string[] = [];
  peers: Peer[];
  failWrites: unknown[] = [];
  claimsAfterMs = 100;
  lookMs = 0;
  readonly mover: CallMover;

  constructor(names: readonly string[], carriers: Record<string, string> = {}, peers = [PEER]) {
    this.peers = peers;
    for (const callId of names) {
      const carrier = carriers[callId];
      const start = { callId, callSid: `CA${callId}`, ...(carrier && { carrier }) };
      this.calls.push({ start } as Call);
    }
    const complain = (_: object, message: string) => this.complaints.push(message);
    this.mover = CallMover.start({
      host: {
        calls: () => this.calls,
        get size() {
          return [...this.calls()].length;
        },
        isOnRecord: callId => !this.unknown.has(callId),
        whenMovable: async (callId, withinMs) => {
          await new Promise<void>(resolve =>
            this.clock.setTimeout(resolve, this.stuck.has(callId) ? withinMs : 0),
          );
          return !this.stuck.has(callId) && this.calls.some(({ start }) => start.callId === callId);
        },
        release: callId => {
          this.happened.push(`release ${callId}`);
          const at = this.calls.findIndex(({ start }) => start.callId === callId);
          this.calls.splice(at, 1);
          return { frozen: {}, entries: [] } as unknown as ReleasedCall;
        },
      },
      store: {
        append: async () => {
          await this.#pass(RECORDS_MS);
          const failure = this.failWrites.shift();
          if (failure) throw failure;
        },
        release: async callId => {
          await this.#pass(RECORDS_MS);
          this.happened.push(`written ${callId}`);
          this.unclaimed.add(callId);
        },
        forsake: callId => void this.happened.push(`forsaken ${callId}`),
        unclaimed: async callIds => {
          const found = callIds.filter(callId => this.unclaimed.has(callId));
          await this.#pass(this.lookMs);
          return found;
        },
      },
      registry: { peers: async () => this.peers },
      bounds: { mayBeAt: () => true },
      streams: [
        {
          moved: callSid => {
            const callId = callSid.slice(2);
            this.happened.push(`moved ${callId}`);
            this.clock.setTimeout(() => this.unclaimed.delete(callId), this.claimsAfterMs);
            return true;
          },
        },
      ],
      clock: this.clock,
      log: { info() {}, warn: complain, error: complain },
      untilMs: Number.POSITIVE_INFINITY,
    });
  }

  #pass(ms: number): Promise<void> {
    return new Promise(resolve => this.clock.setTimeout(resolve, ms));
  }
}

describe('a node that moves its calls', () => {
  it('writes each down before its carrier is told to go elsewhere', async () => {
    const node = new DrainingNode(['a']);
    await node.clock.advance(100);
    expect(node.happened).toEqual(['release a', 'written a', 'moved a']);
    expect(node.mover.moved).toBe(1);
  });

  it('has four in transit at most, and lets nobody wait for a carrier that does not come', async () => {
    const node = new DrainingNode(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    node.claimsAfterMs = 400;
    await node.clock.advance(200);
    expect(node.happened.filter(what => what.startsWith('release'))).toHaveLength(4);
    node.claimsAfterMs = 60_000;
    await node.clock.advance(600);
    expect(node.mover.moved).toBe(7);

    const late = new DrainingNode(['a', 'b', 'c', 'd', 'e']);
    late.claimsAfterMs = 60_000;
    await late.clock.advance(4_500);
    expect(late.mover.moved).toBe(4);
    await late.clock.advance(1_500);
    expect(late.mover.moved).toBe(5);
  });

  it('does not send a call away again at once that has come back because no other node could take it', async () => {
    const node = new DrainingNode(['a']);
    const [call] = node.calls as [Call];
    await node.clock.advance(3_000);
    node.calls.push(call);
    await node.clock.advance(15_000);
    expect(node.happened.filter(what => what === 'release a')).toHaveLength(1);
    await node.clock.advance(5_000);
    expect(node.happened.filter(what => what === 'release a')).toHaveLength(2);
  });

  it('lost all of a call that it let go before the records knew of it: such a call stays until they do', async () => {
    const node = new DrainingNode(['a', 'b']);
    node.unknown.add('a');
    await node.clock.advance(3_000);
    expect(node.happened).not.toContain('release a');
    expect(node.happened).toContain('moved b');
    node.unknown.delete('a');
    await node.clock.advance(2_000);
    expect(node.happened).toContain('moved a');
  });

  it('takes no call for claimed that left while it was looked which are', async () => {
    const node = new DrainingNode(['a', 'b']);
    node.lookMs = 300;
    node.claimsAfterMs = 60_000;
    node.stuck.add('b');
    await node.clock.advance(900);
    node.stuck.clear();
    await node.clock.advance(1_200);
    expect(node.happened).toContain('moved b');
    let hasSettled = false;
    void node.mover.settled().then(() => {
      hasSettled = true;
    });
    await node.clock.advance(3_000);
    expect(hasSettled).toBe(false);
    await node.clock.advance(5_000);
    expect(hasSettled).toBe(true);
  });

  it('says of a call whose carrier asks too early that it has left, once its records are whole', async () => {
    const node = new DrainingNode(['a']);
    node.failWrites = [new Error('away')];
    await node.clock.advance(50);
    expect(node.happened).toEqual(['release a']);
    const asked = node.mover.hasLeft('CAa').then(hasLeft => {
      node.happened.push(hasLeft ? 'told' : 'denied');
    });
    await node.clock.advance(1_000);
    await asked;
    expect(node.happened).toEqual(['release a', 'written a', 'moved a', 'told']);
    expect(await node.mover.hasLeft('CAa')).toBe(false);
  });

  it('tries again when the records fail, and leaves a call to the node that has it already', async () => {
    const node = new DrainingNode(['a', 'b']);
    node.failWrites = [new Error('away'), new CallTakenOver('b'), new Error('away')];
    await node.clock.advance(2_000);
    expect(node.happened.filter(what => what.startsWith('moved')).toSorted()).toEqual(['moved a', 'moved b']);
    expect(node.happened).toContain('written a');
    expect(node.happened).not.toContain('written b');
    expect(node.mover.moved).toBe(2);
  });

  it('lets a call whose record cannot be written go in the end, with what the records have of it', async () => {
    const node = new DrainingNode(['a']);
    node.failWrites = Array.from({ length: 100 }, () => new Error('away'));
    await node.clock.advance(15_000);
    expect(node.happened).toEqual(['release a', 'forsaken a', 'moved a']);
    expect(node.mover.moved).toBe(0);
    expect(node.complaints.at(-1)).toContain('could not be written down');
  });

  it('keeps calls while nobody takes them, those that cannot come back elsewhere, and those that have something under way', async () => {
    const node = new DrainingNode(['browser', 'busy', 'free'], { browser: 'browser' }, []);
    node.stuck.add('busy');
    await node.clock.advance(5_000);
    expect(node.happened).toEqual([]);
    node.peers = [PEER];
    await node.clock.advance(5_000);
    expect(node.calls.map(({ start }) => start.callId)).toEqual(['browser', 'busy']);
    node.stuck.clear();
    await node.clock.advance(3_000);
    expect(node.calls.map(({ start }) => start.callId)).toEqual(['browser']);
  });

  it('has done when those it let go have been claimed, or were not asked for in time', async () => {
    const node = new DrainingNode(['a', 'b']);
    node.claimsAfterMs = 700;
    await node.clock.advance(300);
    let hasStopped = false;
    void node.mover.stop().then(() => {
      hasStopped = true;
    });
    await node.clock.advance(300);
    expect(hasStopped).toBe(false);
    await node.clock.advance(300);
    expect(hasStopped).toBe(true);
    expect(node.clock.pending).toBe(0);

    const lost = new DrainingNode(['a']);
    lost.claimsAfterMs = 600_000;
    await lost.clock.advance(300);
    const stopped = lost.mover.stop();
    await lost.clock.advance(6_000);
    await stopped;
  });
});
