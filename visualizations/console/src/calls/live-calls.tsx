import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { EmptyState, ErrorState, Skeleton } from '../components/state-block.tsx';
import { count } from '../shell/format.ts';
import type { LiveCalls } from '../shell/live.ts';
import { query as address, setQuery } from '../shell/router.ts';
import { Filters } from './filters.tsx';
import { isFiltered, readListQuery, type SortBy, selectCalls } from './list-query.ts';
import { LiveList } from './live-list.tsx';

const NO_FILTERS = { q: null, state: null, flow: null, agent: null, slow: null, warnings: null };

/** What is sorted from A to Z at first. */
const ASCENDING: readonly SortBy[] = ['from', 'flow', 'state', 'node'];

/** Every live call, narrowed and sorted as the address says. */
export function LiveCallsView({ live }: { live: LiveCalls }) {
  void live.revision.value;
  const query = readListQuery(address.value);
  const isSlowToCome = useLater(400);
  if (live.refusal.value !== null)
    return <ErrorState title="Live calls cannot be watched" error={live.refusal.value} />;
  if (!live.complete.value)
    return isSlowToCome ? <Skeleton label="Live calls are loading" lines={9} /> : <div class="call-list" />;
  if (live.calls.size === 0)
    return (
      <EmptyState
        title="No call is live"
        icon="phone"
        actions={
          <a class="button primary" href="/">
            Call from the browser
          </a>
        }
      >
        A call appears here the moment its line opens. Point a number’s voice webhook at this server, or make
        the first call yourself.
      </EmptyState>
    );

  const rows = selectCalls(live.calls.values(), query);
  const onSort = (by: SortBy) => {
    const isSame = by === query.sortBy;
    const descending = isSame ? !query.descending : !ASCENDING.includes(by);
    setQuery({ sort: `${descending ? '-' : ''}${by}` });
  };
  return (
    <>
      <Filters calls={live.calls.values()} query={query} />
      {rows.length > 0 ? (
        <LiveList live={live} rows={rows} query={query} onSort={onSort} />
      ) : (
        <EmptyState
          title="No live call fits"
          icon="search"
          actions={<Button onClick={() => setQuery(NO_FILTERS)}>Show all {live.calls.size}</Button>}
        >
          None of {count(live.calls.size, 'live call')} is as you asked.
        </EmptyState>
      )}
      {isFiltered(query) && rows.length > 0 && (
        <p class="call-count" role="status">
          {rows.length.toLocaleString()} of {count(live.calls.size, 'live call')}
          <Button kind="plain" onClick={() => setQuery(NO_FILTERS)}>
            Show all
          </Button>
        </p>
      )}
    </>
  );
}

/** True once so much time has passed: what comes at once needs no sign that it is coming. */
function useLater(delayMs: number): boolean {
  const isLater = useSignal(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      isLater.value = true;
    }, delayMs);
    return () => clearTimeout(timer);
  }, [delayMs, isLater]);
  return isLater.value;
}
