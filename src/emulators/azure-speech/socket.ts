import type { RawData, WebSocket } from 'ws';
import type { Clock, TimerHandle } from '../../../runtime/clock.ts';
import { type Fault, type RecordedRequest, readBody } from '../emulator.ts';
import { Output } from '../speech/output.ts';
import { garble, readBinaryFrame, readTextFrame } from './framing.ts';
import type { Frame, SessionOptions, SpeechSession } from './session.ts';

/** A message as it is kept for assertions. */
export interface RecordedMessage {
  path: string;
  requestId: string;
  /** JSON where it is JSON, else text; audio as its bytes; null where there is none. */
  body: unknown;
}

/** Joins a session to its socket: faults on the way out, a record on the way in. */
export function runSocket(
  ws: WebSocket,
  { clock, fault, recorded }: { clock: Clock; fault: Fault | null; recorded: RecordedRequest },
  open: (joined: Pick<SessionOptions, 'output' | 'close'>) => SpeechSession,
): SpeechSession {
  const output = new Output<Frame>({
    clock,
    fault,
    send: frame => {
      if (ws.readyState === ws.OPEN) ws.send(frame, { binary: typeof frame !== 'string' });
    },
    cut: () => ws.terminate(),
    breakDown: () => ws.close(1011, 'Internal server error.'),
    garble,
  });
  const session = open({ output, close: (code, reason) => ws.close(code, reason) });

  let idleTimer: TimerHandle | null = null;

  function cancelIdleLimit(): void {
    if (idleTimer !== null) clock.clearTimeout(idleTimer);
    idleTimer = null;
  }

  function armIdleLimit(): void {
    cancelIdleLimit();
    const limitMs = session.idleLimitMs;
    if (limitMs === null) return;
    const reason = `Exceeded maximum websocket connection idle duration(> ${limitMs}ms)`;
    idleTimer = clock.setTimeout(() => ws.close(1000, reason), limitMs);
  }

  ws.on('message', (data: RawData, isBinary: boolean) => {
    if (ws.readyState !== ws.OPEN) return;
    armIdleLimit();
    // One message arrives as one buffer unless `ws` is told otherwise.
    const bytes = data as Buffer;
    const message = isBinary ? readBinaryFrame(bytes) : readTextFrame(bytes.toString('utf8'));
    if (!message) return ws.close(1007, 'The message could not be read.');
    const body = isBinary ? message.bytes : readBody(message.text ?? '');
    const kept: RecordedMessage = { path: message.path, requestId: message.requestId, body };
    recorded.messages.push(kept);
    session.message(message);
  });
  ws.on('error', () => {});
  ws.once('close', () => {
    output.end();
    cancelIdleLimit();
  });
  armIdleLimit();
  return session;
}
