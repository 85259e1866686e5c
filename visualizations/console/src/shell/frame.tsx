import type { ComponentChildren } from 'preact';
import { Button } from '../components/button.tsx';
import { Icon, type IconName } from '../components/icon.tsx';
import { toast } from '../components/toast.tsx';
import { secondTick } from './clock.ts';
import { duration } from './format.ts';
import { LinkNotice, LinkSign } from './link-sign.tsx';
import { onCallSince } from './on-call.ts';
import { path } from './router.ts';
import { session } from './session.ts';
import { signOut } from './sign-in.ts';
import { theme, toggleTheme } from './theme.ts';

const PLACES: readonly { href: string; label: string; icon: IconName }[] = [
  { href: '/', label: 'Softphone', icon: 'phone' },
  { href: '/calls', label: 'Calls', icon: 'calls' },
  { href: '/flows', label: 'Flows', icon: 'flows' },
];

/** What is around every page: where one can go, whether the server is there, and the theme. */
export function Frame({ children }: { children: ComponentChildren }) {
  return (
    <div class="frame">
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <header class="side">
        <div class="brand-bar">
          <a class="brand" href="/" aria-label="aybiza, softphone">
            <Mark />
            aybiza
          </a>
          <div class="brand-tools">
            <LinkSign isShort />
            <Tools />
          </div>
        </div>
        <nav class="nav" aria-label="Console">
          <ul>
            {PLACES.map(place => (
              <li key={place.href}>
                <a href={place.href} {...(isHere(place.href) && { 'aria-current': 'page' as const })}>
                  <Icon name={place.icon} />
                  {place.label}
                  {place.href === '/' && <OnCall />}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="side-foot">
          <LinkSign />
          {session.value?.access === 'loopback' && (
            <p title="Set API_KEY on the server to ask for a key.">
              No key set: only this machine is let in.
            </p>
          )}
          {session.value?.readOnly && <p>Read only: calls cannot be changed here.</p>}
          <div class="side-tools">
            <Tools />
          </div>
          {session.value?.version && <p>Version {session.value.version}</p>}
        </div>
      </header>
      <main class="main" id="main" tabIndex={-1}>
        <LinkNotice />
        {children}
      </main>
    </div>
  );
}

/** A call goes on while other pages are looked at. */
function OnCall() {
  const since = onCallSince.value;
  if (since === null) return null;
  return (
    <span class="count" role="img" aria-label="On a call">
      {duration(secondTick.value - since)}
    </span>
  );
}

function Tools() {
  const isDark = theme.value === 'dark';
  return (
    <>
      <Button
        kind="plain"
        icon={isDark ? 'sun' : 'moon'}
        label={isDark ? 'Use the light theme' : 'Use the dark theme'}
        onClick={toggleTheme}
      />
      {session.value?.access === 'session' && (
        <Button
          kind="plain"
          icon="leave"
          label="Sign out"
          onClick={() => signOut().catch((error: Error) => toast(error.message, 'bad'))}
        />
      )}
    </>
  );
}

export function Mark() {
  return (
    <svg class="mark" width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
      <rect width="24" height="24" rx="6" fill="#0b6470" />
      <path
        d="M6 10v4M10 6.5v11M14 9v6"
        fill="none"
        stroke="#fff"
        stroke-width="1.8"
        stroke-linecap="round"
      />
      <circle cx="18.2" cy="12" r="1.9" fill="#fff" />
    </svg>
  );
}

function isHere(href: string): boolean {
  return href === '/' ? path.value === '/' : path.value.startsWith(href);
}
