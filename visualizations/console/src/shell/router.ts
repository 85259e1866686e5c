import { computed, signal } from '@preact/signals';

/** The address as the pages see it. Nobody but `navigate` and the browser's own buttons change it. */
const address = signal(new URL(location.href));

export const path = computed(() => address.value.pathname);
export const query = computed(() => address.value.searchParams);

/** Goes to an address of the console. `replace` leaves no step to go back to. */
export function navigate(to: string, { replace = false } = {}): void {
  const next = new URL(to, address.value);
  if (next.href === address.value.href) return;

  const changesPage = next.pathname !== address.value.pathname;
  history[replace ? 'replaceState' : 'pushState'](null, '', next);
  address.value = next;
  if (changesPage) document.getElementById('main')?.scrollTo(0, 0);
}

/** Changes parts of the query; null and the empty string take one away. */
export function setQuery(changes: Readonly<Record<string, string | null>>): void {
  const next = new URL(address.value);
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.searchParams.set(name, value);
    else next.searchParams.delete(name);
  }
  navigate(next.href, { replace: true });
}

/** Links inside the console become steps of its own; what is opened elsewhere stays the browser's. */
export function followLinks(): void {
  addEventListener('popstate', () => {
    address.value = new URL(location.href);
  });
  document.addEventListener('click', event => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest?.('a[href]') as HTMLAnchorElement | null;
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.pathname.startsWith('/api/')) return;
    if (link.hash && link.pathname === location.pathname) return;

    event.preventDefault();
    navigate(link.href);
  });
}
