import type { RawData, WebSocket } from 'ws';
import type { Clock, TimerHandle } from '../../../runtime/clock.ts';
import { type Fault, type RecordedRequest, readBody } from '../emulator.ts';
import { Output } from '../speech/output.ts';
import type { SessionOptions, SocketSession } from './session.ts';

/** Joins a session to its socket: faults on the way out, a record and the idle limit on the way in. */
export function runSocket(
  ws: WebSocket,
  { clock, fault, recorded }: { clock: Clock; fault: Fault | null; recorded: RecordedRequest },
  open: (joined: Pick<SessionOptions, 'output' | 'close'>) => SocketSession,
): void {
  const output = new Output<string | Buffer>({
    clock,
    fault,
    send: item => {
      if (ws.readyState === ws.OPEN) ws.send(item, { binary: typeof item !== 'string' });
    },
    cut: () => ws.terminate(),
    breakDown: () => ws.close(1011, 'NET-0000'),
    garble: () => '{"type":"Results","channel":{"alternatives":"no',
  });
  const session = open({ output, close: (code, reason) => ws.close(code, reason) });
  let idleTimer: TimerHandle | null = null;

  function armIdleLimit(): void {
    if (idleTimer !== null) clock.clearTimeout(idleTimer);
    if (session.idleLimitMs !== null)
      idleTimer = clock.setTimeout(() => ws.close(1011, 'NET-0001'), session.idleLimitMs);
  }

  ws.on('message', (data: RawData, isBinary: boolean) => {
    if (ws.readyState !== ws.OPEN) return;
    armIdleLimit();
    // One binary message arrives as one buffer unless `ws` is told otherwise.
    const bytes = data as Buffer;
    if (isBinary) {
      recorded.messages.push(Buffer.from(bytes));
      return session.audio(bytes);
    }
    const message = readBody(bytes.toString('utf8'));
    recorded.messages.push(message);
    if (typeof message === 'object' && message !== null && !Array.isArray(message))
      session.message(message as Record<string, unknown>);
    else ws.close(1008, 'DATA-0000');
  });
  ws.on('error', () => {});
  ws.once('close', () => {
    output.end();
    if (idleTimer !== null) clock.clearTimeout(idleTimer);
  });
  armIdleLimit();
}
