import { effect } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ErrorState, Skeleton } from './components/state-block.tsx';
import { Toasts } from './components/toast.tsx';
import { LoginPage } from './login/login-page.tsx';
import { Frame } from './shell/frame.tsx';
import { navigate, path } from './shell/router.ts';
import { session } from './shell/session.ts';
import { loadSession } from './shell/sign-in.ts';

/** A page may take one part of its address. */
type Page = ComponentType<{ name: string }>;

interface Route {
  pattern: RegExp;
  title: string;
  load(): Promise<Page>;
}

// A page is loaded when it is first looked at: the first one is there sooner.
const ROUTES: readonly Route[] = [
  {
    pattern: /^\/$/,
    title: 'Softphone',
    load: () => import('./softphone/softphone-page.tsx').then(page => page.SoftphonePage),
  },
  {
    pattern: /^\/calls\/?$/,
    title: 'Calls',
    load: () => import('./calls/calls-page.tsx').then(page => page.CallsPage),
  },
  {
    pattern: /^\/calls\/([\w-]+)$/,
    title: 'Call',
    load: async () => {
      const { CallPage } = await import('./call/call-page.tsx');
      return ({ name }) => <CallPage key={name} callSid={name} />;
    },
  },
  {
    pattern: /^\/flows\/?$/,
    title: 'Flows',
    load: () => import('./flows/flows-page.tsx').then(page => page.FlowsPage),
  },
  {
    pattern: /^\/flows\/([\w.-]+)$/,
    title: 'Flow',
    load: () => import('./flows/flow-page.tsx').then(page => page.FlowPage),
  },
];

export function App() {
  useEffect(() => {
    void loadSession();
  }, []);
  if (path.value === '/login') return <LoginPage />;

  return (
    <>
      <Frame>
        <Routed address={path.value} />
      </Frame>
      <Toasts />
    </>
  );
}

function Routed({ address }: { address: string }) {
  const route = ROUTES.find(({ pattern }) => pattern.test(address));
  const name = decodeURIComponent(route?.pattern.exec(address)?.[1] ?? '');
  const [loaded, setLoaded] = useState<{ route: Route; page: Page | Error } | null>(null);

  useEffect(() => {
    document.title = `${name || route?.title || 'Not found'} · aybiza`;
  }, [route, name]);
  useEffect(() => {
    if (!route) return;
    let isWanted = true;
    const show = (page: Page | Error) => isWanted && setLoaded({ route, page });
    route.load().then(show, show);
    return () => {
      isWanted = false;
    };
  }, [route]);

  if (!route)
    return (
      <div class="page">
        <ErrorState
          title="There is no such page"
          error={`Nothing is at ${address}. The menu leads to what there is.`}
        />
      </div>
    );
  if (loaded?.route !== route) return <Skeleton label="The page is loading" />;
  if (loaded.page instanceof Error)
    return (
      <div class="page">
        <ErrorState
          title="The page could not be loaded"
          error="The server may have been updated since. Load the console again."
          again={() => location.reload()}
        />
      </div>
    );
  const Page = loaded.page;
  return <Page name={name} />;
}

// Whoever has no way in is asked for the key, and comes back afterwards.
effect(() => {
  if (session.value?.access !== 'none' || path.value === '/login') return;
  navigate(`/login?next=${encodeURIComponent(location.pathname + location.search)}`, { replace: true });
});
