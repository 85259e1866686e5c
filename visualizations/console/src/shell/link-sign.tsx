import { useEffect, useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { connectNow, liveState } from './live.ts';

const WORDS = {
  idle: '',
  connecting: 'Connecting',
  open: 'Live',
  lost: 'Not connected',
  refused: 'Key needed',
} as const;

/** Whether what the page shows is live. */
export function LinkSign({ isShort = false }: { isShort?: boolean }) {
  const { is } = liveState.value;
  if (is === 'idle' || (isShort && is === 'connecting')) return null;
  return (
    <span class={`link-state ${is}`} role="status">
      {is === 'lost' || is === 'refused' ? <Icon name="offline" /> : <i class={`link-dot ${is}`} />}
      {WORDS[is]}
    </span>
  );
}

/** Over the page while the connection is lost: what is shown is old. */
export function LinkNotice() {
  const state = liveState.value;
  const retryAt = state.is === 'lost' ? state.retryAt : null;
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (retryAt === null) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [retryAt]);
  if (retryAt === null) return null;

  const seconds = Math.max(0, Math.ceil((retryAt - now) / 1000));
  return (
    <div class="notice" role="status">
      <Icon name="offline" />
      <span>
        The server does not answer: what you see is as it was.{' '}
        {seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again.'}
      </span>
      <Button onClick={connectNow}>Try now</Button>
    </div>
  );
}
