import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../runtime/clock.ts';
import type { Fault } from '../emulator.ts';
import { brokenFrame, errorFrame, exceptionFrame } from './frames.ts';
import type { Step, StreamFailure } from './script.ts';

/** The delay of `drip` where none is given. */
const DRIP_MS = 200;

export interface Playing {
  response: ServerResponse;
  requestId: string;
  clock: Clock;
  fault: Fault | null;
  failure: StreamFailure | null;
  /** Aborted when the client goes away. */
  gone: AbortSignal;
}

/** Sends the events, with their delays and with what is to go wrong. */
export async function play(steps: readonly Step[], playing: Playing): Promise<void> {
  const { response, fault, gone, clock } = playing;
  if (fault?.kind === 'stallBefore') await pause(fault.ms ?? null, clock, gone);
  if (gone.aborted) return;
  response.writeHead(200, {
    'content-type': 'application/vnd.amazon.eventstream',
    'x-amzn-requestid': playing.requestId,
  });
  response.flushHeaders();

  for (const [number, { frame, delayMs }] of steps.entries()) {
    if (strikes(playing.failure, number)) return fail(playing.failure, frame, response);
    if (strikes(fault, number)) {
      if (fault.kind === 'cut') return response.socket?.destroySoon();
      if (fault.kind === 'malformed') return void response.end(brokenFrame(frame));
      if (fault.kind === 'stallAfter') await pause(fault.ms ?? null, clock, gone);
    }
    const dripMs = fault?.kind === 'drip' ? (fault.ms ?? DRIP_MS) : 0;
    if (delayMs + dripMs > 0) await pause(delayMs + dripMs, clock, gone);
    if (gone.aborted) return;
    response.write(frame);
  }
  response.end();
}

function strikes<T extends { afterEvents?: number }>(what: T | null, number: number): what is T {
  return what !== null && (what.afterEvents ?? 0) === number;
}

function fail(failure: StreamFailure, next: Uint8Array, response: ServerResponse): void {
  if (failure.kind === 'exception') response.end(exceptionFrame(failure.type, failure.message));
  else if (failure.kind === 'error') response.end(errorFrame(failure.code, failure.message));
  else if (failure.kind === 'halfFrame') response.end(next.subarray(0, next.length >> 1));
  else response.end();
}

/** Null: until the client goes away. */
function pause(ms: number | null, clock: Clock, gone: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (gone.aborted) return resolve();
    const timer = ms === null ? null : clock.setTimeout(end, ms);
    function end() {
      if (timer !== null) clock.clearTimeout(timer);
      gone.removeEventListener('abort', end);
      resolve();
    }
    gone.addEventListener('abort', end);
  });
}
