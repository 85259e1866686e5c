import type { RawData, WebSocket } from 'ws';
import type { Clock, TimerHandle } from '../../../runtime/clock.ts';
import type { Fault, RecordedRequest } from '../emulator.ts';
import { Output } from './output.ts';
import type { Frame, SessionOptions } from './session.ts';

/** One socket's side of the conversation. */
export interface SocketSession {
  /** Without a message for so long, the socket is closed. Null: never. */
  idleLimitMs: number | null;
}

interface Close {
  code: number;
  reason: string;
}

/** How a service frames its messages, and ends sockets. */
export interface Wire<Session extends SocketSession> {
  /** An output that nobody can read, in place of `frame`. */
  garble(frame: Frame): Frame;
  breakDown: Close;
  unreadable: Close;
  idle(limitMs: number): Close;
  /** What of a message is kept for assertions, and what hands it on. Null: nobody can read it. */
  read(bytes: Buffer, isBinary: boolean): { kept: unknown; handTo(session: Session): void } | null;
}

/** Joins a session to its socket: faults on the way out, a record and the idle limit on the way in. */
export function runSocket<Session extends SocketSession>(
  ws: WebSocket,
  { clock, fault, recorded }: { clock: Clock; fault: Fault | null; recorded: RecordedRequest },
  wire: Wire<Session>,
  open: (joined: Pick<SessionOptions, 'output' | 'close'>) => Session,
): Session {
  const end = ({ code, reason }: Close) => ws.close(code, reason);
  const output = new Output<Frame>({
    clock,
    fault,
    send: frame => {
      if (ws.readyState === ws.OPEN) ws.send(frame, { binary: typeof frame !== 'string' });
    },
    cut: () => ws.terminate(),
    breakDown: () => end(wire.breakDown),
    garble: wire.garble,
  });
  const session = open({ output, close: (code, reason) => end({ code, reason }) });
  let idleTimer: TimerHandle | null = null;

  function armIdleLimit(): void {
    if (idleTimer !== null) clock.clearTimeout(idleTimer);
    const limitMs = session.idleLimitMs;
    if (limitMs !== null) idleTimer = clock.setTimeout(() => end(wire.idle(limitMs)), limitMs);
  }

  ws.on('message', (data: RawData, isBinary: boolean) => {
    if (ws.readyState !== ws.OPEN) return;
    armIdleLimit();
    // One message arrives as one buffer unless `ws` is told otherwise.
    const message = wire.read(data as Buffer, isBinary);
    if (!message) return end(wire.unreadable);
    recorded.messages.push(message.kept);
    message.handTo(session);
  });
  ws.on('error', () => {});
  ws.once('close', () => {
    output.end();
    if (idleTimer !== null) clock.clearTimeout(idleTimer);
  });
  armIdleLimit();
  return session;
}
