import './login.css';
import { useSignal } from '@preact/signals';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { Mark } from '../shell/frame.tsx';
import { connectNow } from '../shell/live.ts';
import { navigate, query } from '../shell/router.ts';
import { session } from '../shell/session.ts';
import { signIn } from '../shell/sign-in.ts';

/** Trades the server's key for a session. */
export function LoginPage() {
  const key = useSignal('');
  const refusal = useSignal<string | null>(null);
  const isBusy = useSignal(false);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    isBusy.value = true;
    refusal.value = null;
    try {
      await signIn(key.value.trim());
      connectNow();
      navigate(wanted(), { replace: true });
    } catch (error) {
      refusal.value = (error as Error).message;
    } finally {
      isBusy.value = false;
    }
  }

  const isIn = session.value !== null && session.value.access !== 'none';
  return (
    <main class="login" id="main">
      <form class="panel" onSubmit={submit}>
        <div class="brand">
          <Mark />
          aybiza
        </div>
        <h1>Sign in</h1>
        {isIn && (
          <p class="login-note">
            <Icon name="good" />
            {session.value?.access === 'loopback'
              ? 'This machine is let in without a key.'
              : 'You are signed in.'}{' '}
            <a href="/">Go to the console</a>
          </p>
        )}
        <label class="field">
          <span>API key of this server</span>
          <input
            class="input"
            type="password"
            name="key"
            autocomplete="current-password"
            required
            value={key.value}
            onInput={event => {
              key.value = event.currentTarget.value;
            }}
            {...(refusal.value && { 'aria-invalid': true, 'aria-describedby': 'refusal' })}
          />
        </label>
        {refusal.value && (
          <p class="login-refusal" id="refusal" role="alert">
            <Icon name="error" />
            {refusal.value}
          </p>
        )}
        <Button kind="primary" type="submit" disabled={isBusy.value || key.value.trim() === ''}>
          {isBusy.value ? 'Signing in…' : 'Sign in'}
        </Button>
        <p class="quiet">
          {session.value?.canLogIn === false ? (
            <>
              This server has no key, so nobody can sign in from another machine. Set <code>API_KEY</code> on
              it.
            </>
          ) : (
            <>
              It is the server’s <code>API_KEY</code>. The browser keeps a session, never the key.
            </>
          )}
        </p>
      </form>
    </main>
  );
}

/** Where the person was going; never off this server. */
function wanted(): string {
  const next = query.value.get('next') ?? '/';
  const url = new URL(next, location.origin);
  return url.origin === location.origin && url.pathname !== '/login' ? url.pathname + url.search : '/';
}
