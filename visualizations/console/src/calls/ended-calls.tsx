import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Badge, type Tone } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { EmptyState, ErrorState, Skeleton } from '../components/state-block.tsx';
import { type Column, Table } from '../components/table.tsx';
import { api } from '../shell/api.ts';
import { duration, shortVersion, when, words } from '../shell/format.ts';
import type { Outcome } from '../shell/types.ts';

/** As GET /api/calls answers. */
interface EndedCall {
  callId: string;
  callSid: string;
  live: boolean;
  from: string;
  to: string;
  direction: 'inbound' | 'outbound';
  flow: string;
  flowVersion: string;
  startedAt: number;
  durationMs: number;
  outcome: Outcome | null;
}

const PAGE = 100;

const TONES: Partial<Record<Outcome, Tone>> = {
  completed: 'good',
  transferred: 'accent',
  silence: 'warn',
  tooLong: 'warn',
  overBudget: 'warn',
  stopped: 'warn',
  interrupted: 'warn',
  lineLost: 'bad',
  providersFailed: 'bad',
};

const OUTCOME: Column<EndedCall> = {
  title: 'Outcome',
  cell: ({ outcome }) => (outcome ? <Badge tone={TONES[outcome] ?? 'usual'}>{words(outcome)}</Badge> : '–'),
};

const COLUMNS: readonly Column<EndedCall>[] = [
  { title: 'Began', cell: call => <a href={`/calls/${call.callSid}`}>{when(call.startedAt)}</a> },
  { title: 'From', cell: call => call.from },
  OUTCOME,
  { title: 'Duration', isNumber: true, cell: call => duration(call.durationMs) },
  {
    title: 'Flow',
    cell: call => (
      <>
        {call.flow} <span class="quiet mono">{shortVersion(call.flowVersion)}</span>
      </>
    ),
  },
  { title: 'To', cell: call => call.to },
];

/** Calls of the record, the newest first, a page at a time. */
export function EndedCalls() {
  const calls = useSignal<readonly EndedCall[]>([]);
  const next = useSignal<string | null>(null);
  const state = useSignal<'loading' | 'ready' | Error>('loading');

  async function load(before: string | null): Promise<void> {
    state.value = 'loading';
    try {
      const query = before === null ? '' : `&before=${encodeURIComponent(before)}`;
      const page = await api<{ calls: EndedCall[]; next: string | null }>(`/api/calls?limit=${PAGE}${query}`);
      calls.value = [...(before === null ? [] : calls.value), ...page.calls.filter(call => !call.live)];
      next.value = page.next;
      state.value = 'ready';
    } catch (error) {
      state.value = error as Error;
    }
  }

  useEffect(() => {
    void load(null);
  }, []);

  const isEmpty = calls.value.length === 0;
  if (state.value instanceof Error && isEmpty)
    return <ErrorState title="The record cannot be read" error={state.value} again={() => void load(null)} />;
  if (state.value === 'loading' && isEmpty) return <Skeleton label="Ended calls are loading" lines={9} />;
  if (isEmpty && next.value === null)
    return (
      <EmptyState title="No call has ended yet" icon="calls">
        Every call is kept here with its transcript, its timing and its cost.
      </EmptyState>
    );

  return (
    <div class="ended panel">
      <Table caption="Ended calls" columns={COLUMNS} rows={calls.value} rowKey={call => call.callId} />
      <div class="ended-foot">
        <Button icon="up" disabled={state.value === 'loading'} onClick={() => void load(null)}>
          Newest
        </Button>
        {next.value !== null && (
          <Button disabled={state.value === 'loading'} onClick={() => void load(next.value)}>
            {state.value === 'loading' ? 'Loading …' : 'Earlier calls'}
          </Button>
        )}
        {state.value instanceof Error && <span role="alert">{state.value.message}</span>}
      </div>
    </div>
  );
}
