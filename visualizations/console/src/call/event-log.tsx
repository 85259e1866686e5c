import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/state-block.tsx';
import type { CallStep, LogEntry } from '../shell/types.ts';
import { type EntryKind, entryGist, entryName, kindOf } from './entry-words.ts';
import type { Timeline } from './timeline.ts';

const ROW_PX = 30;
const SPARE_ROWS = 8;
const KINDS: readonly { kind: EntryKind; label: string }[] = [
  { kind: 'event', label: 'Events' },
  { kind: 'timer', label: 'Timers' },
  { kind: 'note', label: 'Notes' },
  { kind: 'placement', label: 'Placement' },
];

interface Row {
  entry: LogEntry;
  kind: EntryKind;
  name: string;
  gist: string;
}

/** Every entry of the call's log: what drove its chart, and the notes beside it. */
export function EventLog({ timeline }: { timeline: Timeline }) {
  const kinds = useSignal<ReadonlySet<EntryKind>>(new Set(KINDS.map(({ kind }) => kind)));
  const search = useSignal('');
  const openSeq = useSignal<number | null>(null);
  const { entries, steps, revision, isFilling } = timeline.data;
  const known = useRef<Row[]>([]);

  const rows = useComputed(() => {
    revision.value;
    // What a timer is called, its step tells; steps of a long call come later.
    if (isFilling.value) known.current = [];
    const all = rowsOf(entries, steps, known.current);
    const wanted = search.value.trim().toLowerCase();
    return all.filter(
      ({ kind, name, gist }) =>
        kinds.value.has(kind) && (!wanted || `${name} ${gist}`.toLowerCase().includes(wanted)),
    );
  });
  const isOpen = useComputed(() => rows.value.find(({ entry }) => entry.seq === openSeq.value) ?? null);

  function toggle(kind: EntryKind): void {
    const next = new Set(kinds.peek());
    if (!next.delete(kind)) next.add(kind);
    kinds.value = next;
  }

  return (
    <div class="call-log">
      <div class="call-log-head">
        <input
          class="input"
          type="search"
          placeholder="Find in the log"
          aria-label="Find in the log"
          value={search.value}
          onInput={({ currentTarget }) => {
            search.value = currentTarget.value;
          }}
        />
        {KINDS.map(({ kind, label }) => (
          <Button key={kind} aria-pressed={kinds.value.has(kind)} onClick={() => toggle(kind)}>
            {label}
          </Button>
        ))}
      </div>
      {rows.value.length === 0 ? (
        <EmptyState title={entries.length === 0 ? 'Nothing happened yet' : 'No entry fits'}>
          {entries.length === 0
            ? 'The log grows with the call.'
            : 'Search for something else, or show more kinds.'}
        </EmptyState>
      ) : (
        <Rows
          rows={rows.value}
          timeline={timeline}
          openSeq={openSeq.value}
          onOpen={seq => {
            openSeq.value = openSeq.peek() === seq ? null : seq;
          }}
        />
      )}
      {isOpen.value && (
        <section class="call-entry" aria-label={`Entry ${isOpen.value.entry.seq}`}>
          <div class="call-entry-head">
            <b>{isOpen.value.name}</b>
            <Button
              kind="plain"
              icon="close"
              label="Close the entry"
              onClick={() => {
                openSeq.value = null;
              }}
            />
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
          <pre tabIndex={0}>{JSON.stringify(isOpen.value.entry, null, 2)}</pre>
        </section>
      )}
    </div>
  );
}

interface RowsProps {
  rows: readonly Row[];
  timeline: Timeline;
  openSeq: number | null;
  onOpen(seq: number): void;
}

/** Those in sight alone: a long call has thousands. */
function Rows({ rows, timeline, openSeq, onOpen }: RowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const heightPx = useSignal(600);
  const isAtEnd = useRef(true);
  const at = timeline.entryCount.value;
  const momentSeq = timeline.data.entries[at - 1]?.seq ?? -1;
  const current = rows.findLastIndex(({ entry }) => entry.seq <= momentSeq);

  useEffect(() => {
    const element = scroller.current as HTMLDivElement;
    const watcher = new ResizeObserver(() => {
      heightPx.value = element.clientHeight;
    });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  useEffect(() => {
    const element = scroller.current as HTMLDivElement;
    if (timeline.cursorMs.peek() === null) {
      if (isAtEnd.current) element.scrollTop = element.scrollHeight;
      return;
    }
    const y = current * ROW_PX;
    if (y < element.scrollTop || y > element.scrollTop + element.clientHeight - ROW_PX)
      element.scrollTop = y - element.clientHeight / 2;
  }, [current, rows.length]);

  const first = Math.max(0, Math.floor(top.value / ROW_PX) - SPARE_ROWS);
  const last = Math.min(rows.length, Math.ceil((top.value + heightPx.value) / ROW_PX) + SPARE_ROWS);
  return (
    <section
      ref={scroller}
      class="call-rows"
      aria-label={`Log, ${rows.length} entries`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
      onScroll={({ currentTarget }) => {
        top.value = currentTarget.scrollTop;
        isAtEnd.current =
          currentTarget.scrollHeight - currentTarget.scrollTop - currentTarget.clientHeight < 2 * ROW_PX;
      }}
    >
      <div class="call-rows-inner" style={{ height: `${rows.length * ROW_PX}px` }}>
        {rows.slice(first, last).map(({ entry, kind, name, gist }, index) => (
          <button
            key={entry.seq}
            type="button"
            class={`call-row ${kind} ${entry.seq > momentSeq ? 'later' : ''}`}
            style={{ top: `${(first + index) * ROW_PX}px` }}
            aria-expanded={entry.seq === openSeq}
            aria-current={first + index === current}
            onClick={() => {
              onOpen(entry.seq);
              timeline.goTo(entry.atMs);
            }}
          >
            <span class="at">{(entry.atMs / 1_000).toFixed(2)}</span>
            <span class="name">{name}</span>
            <span class="gist">{gist}</span>
          </button>
        ))}
      </div>
    </section>
  );
}

/** Rows are made once for each entry. */
function rowsOf(entries: readonly LogEntry[], steps: readonly CallStep[], known: Row[]): readonly Row[] {
  if (known.length > entries.length || known[0]?.entry.seq !== entries[0]?.seq) known.length = 0;
  for (let at = known.length, step = 0; at < entries.length; at++) {
    const entry = entries[at] as LogEntry;
    while (step < steps.length && (steps[step] as CallStep).seq < entry.seq) step++;
    const led = steps[step]?.seq === entry.seq ? steps[step] : undefined;
    known.push({ entry, kind: kindOf(entry), name: entryName(entry, led), gist: entryGist(entry) });
  }
  return known;
}
