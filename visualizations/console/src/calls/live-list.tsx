import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from '../components/icon.tsx';
import type { LiveCalls } from '../shell/live.ts';
import { navigate } from '../shell/router.ts';
import type { CallRow } from '../shell/types.ts';
import { columnHeader, grid, headRow, noPart, rowGroup } from './grid-parts.ts';
import type { ListQuery, SortBy } from './list-query.ts';
import { LiveRow } from './live-row.tsx';

/** Rows above and below the window that are kept ready for scrolling. */
const OVERSCAN = 6;
const PHONE = matchMedia('(max-width: 760px)');
const ROW_PX = 48;
const PHONE_ROW_PX = 76;

const COLUMNS: readonly { title: string; class: string; sort?: SortBy; isNumber?: boolean }[] = [
  { title: 'Speaks', class: 'c-speaks' },
  { title: 'Caller', class: 'c-caller', sort: 'from' },
  { title: 'Flow', class: 'c-flow', sort: 'flow' },
  { title: 'State', class: 'c-state', sort: 'state' },
  { title: 'Runs on', class: 'c-node', sort: 'node' },
  { title: 'Providers', class: 'c-providers' },
  { title: 'Response', class: 'c-response', sort: 'responseMs' },
  { title: 'Duration', class: 'c-duration', sort: 'startedAt', isNumber: true },
  { title: 'Cost', class: 'c-cost', sort: 'costUsd', isNumber: true },
  { title: 'Warnings', class: 'c-warnings', sort: 'warnings', isNumber: true },
];

interface LiveListProps {
  live: LiveCalls;
  rows: readonly CallRow[];
  query: ListQuery;
  onSort(by: SortBy): void;
}

/** Any number of calls: only those in the window are in the page. Arrows choose, Enter opens. */
export function LiveList({ live, rows, query, onSort }: LiveListProps) {
  const body = useRef<HTMLDivElement>(null);
  const scroll = useSignal({ topPx: 0, heightPx: 600 });
  const isPhone = useSignal(PHONE.matches);
  const selected = useSignal<string | null>(null);
  const rowPx = isPhone.value ? PHONE_ROW_PX : ROW_PX;

  useLayoutEffect(() => {
    const element = body.current as HTMLDivElement;
    const measure = () => {
      scroll.value = { topPx: element.scrollTop, heightPx: element.clientHeight };
    };
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      watcher.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, [scroll]);
  useEffect(() => {
    const change = () => {
      isPhone.value = PHONE.matches;
    };
    PHONE.addEventListener('change', change);
    return () => PHONE.removeEventListener('change', change);
  }, [isPhone]);

  const { topPx, heightPx } = scroll.value;
  const first = Math.max(0, Math.floor(topPx / rowPx) - OVERSCAN);
  const last = Math.min(rows.length, Math.ceil((topPx + heightPx) / rowPx) + OVERSCAN);

  function choose(index: number): void {
    const call = rows[Math.min(rows.length - 1, Math.max(0, index))];
    if (!call) return;
    selected.value = call.callSid;
    const element = body.current as HTMLDivElement;
    const at = rows.indexOf(call) * rowPx;
    if (at < element.scrollTop) element.scrollTop = at;
    else if (at + rowPx > element.scrollTop + element.clientHeight)
      element.scrollTop = at + rowPx - element.clientHeight;
  }

  function onKeyDown(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(heightPx / rowPx) - 1);
    const at = rows.findIndex(({ callSid }) => callSid === selected.value);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    if (step !== undefined) choose(at === -1 ? 0 : at + step);
    else if (event.key === 'Home') choose(0);
    else if (event.key === 'End') choose(rows.length - 1);
    else if (event.key === 'Enter' && at !== -1) navigate(`/calls/${selected.value}`);
    else return;
    event.preventDefault();
  }

  function onClick(event: MouseEvent): void {
    const row = (event.target as Element).closest('[data-call]') as HTMLElement | null;
    const hasSelection = getSelection()?.type === 'Range';
    if (row && !event.defaultPrevented && !hasSelection) navigate(`/calls/${row.dataset.call}`);
  }

  const isSelectedShown = rows.slice(first, last).some(({ callSid }) => callSid === selected.value);
  return (
    <div
      class="call-list"
      {...grid({
        label: 'Live calls',
        rows: rows.length,
        activeId: isSelectedShown ? `call-${selected.value}` : null,
        onKeyDown,
        onClick,
      })}
    >
      <div {...rowGroup} class="call-list-head">
        <div {...headRow} class="call-columns">
          {COLUMNS.map(column => (
            <Heading key={column.title} column={column} query={query} onSort={onSort} />
          ))}
        </div>
      </div>
      <div {...rowGroup} class="call-list-body" ref={body}>
        <div {...noPart} class="call-list-room" style={{ height: `${rows.length * rowPx}px` }}>
          {rows.slice(first, last).map((call, offset) => (
            <LiveRow
              key={call.callSid}
              call={call}
              responses={live.responsesOf(call.callSid)}
              index={first + offset}
              topPx={(first + offset) * rowPx}
              isSelected={call.callSid === selected.value}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface HeadingProps {
  column: (typeof COLUMNS)[number];
  query: ListQuery;
  onSort(by: SortBy): void;
}

function Heading({ column, query, onSort }: HeadingProps) {
  const { sort, title } = column;
  const isSorted = sort === query.sortBy;
  // A call that began last is the shortest: what the arrow says is about the duration.
  const isDown = sort === 'startedAt' ? !query.descending : query.descending;
  const direction = isDown ? 'descending' : 'ascending';
  return (
    <div
      {...columnHeader}
      class={`${column.class} ${column.isNumber ? 'num' : ''}`}
      {...(sort && { 'aria-sort': isSorted ? direction : ('none' as const) })}
    >
      {sort ? (
        <button type="button" onClick={() => onSort(sort)}>
          {title}
          {isSorted && <Icon name={isDown ? 'down' : 'up'} />}
        </button>
      ) : (
        title
      )}
    </div>
  );
}
