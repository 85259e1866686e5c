import { type Signal, signal } from '@preact/signals';

/** Stately's hosted inspector. It asks for what happens by a message, and is answered in its own window. */
const INSPECTOR = 'https://stately.ai/inspect';
/** Kept until the inspector has asked. */
const MOST_WAITING = 5_000;

/** One window of the inspector and the stream that it is shown. */
export interface Inspection {
  /** A sentence: how it stands. */
  readonly told: Signal<string>;
  stop(): void;
}

/** Opens the inspector on a call, or on all when `call` is null. Call it while a click is handled: browsers block other windows. */
export function openInspector(call: string | null): Inspection {
  const told = signal('Connecting …');
  const home = new URL(INSPECTOR);
  const inspector = window.open(home, 'aybiza-inspector');
  if (!inspector) {
    told.value = 'The browser blocked the window. Allow windows for this page and try again.';
    return { told, stop() {} };
  }

  let origin: string | null = null;
  let frames = 0;
  let closed = '';
  const waiting: unknown[] = [];
  const tell = () => {
    told.value = closed || (origin ? `${frames} frames shown` : `Waiting for ${home.host} …`);
  };
  const onMessage = ({ source, data, origin: from }: MessageEvent) => {
    if (source !== inspector || !isAtHome(from, home) || data?.type !== '@statelyai.connected') return;
    origin = from;
    for (const frame of waiting.splice(0)) inspector.postMessage(frame, from);
    tell();
  };

  const url = new URL('/api/inspect', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  if (call !== null) url.searchParams.set('call', call);
  const socket = new WebSocket(url);
  socket.onmessage = event => {
    const frame: unknown = JSON.parse(event.data as string);
    frames++;
    if (origin) inspector.postMessage(frame, origin);
    else if (waiting.length < MOST_WAITING) waiting.push(frame);
    tell();
  };
  socket.onclose = ({ reason }) => {
    closed = `The stream has ended${reason ? `: ${reason}` : ''}.`;
    tell();
  };
  window.addEventListener('message', onMessage);
  tell();
  return {
    told,
    stop() {
      window.removeEventListener('message', onMessage);
      socket.close();
    },
  };
}

function isAtHome(origin: string, home: URL): boolean {
  const { protocol, host } = new URL(origin);
  return protocol === home.protocol && (host === home.host || host.endsWith(`.${home.host}`));
}
