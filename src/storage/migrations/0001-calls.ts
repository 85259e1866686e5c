/** The record of every call, its event log, its latest frozen state, and the jobs it still owes. */
export const sql = `
create table aybiza.calls (
  call_id      text primary key,
  call_sid     text not null,
  node         text not null,
  -- The opening of the store that runs the call; see src/storage/call-store.ts.
  process      jsonb not null,
  status       text not null check (status in ('live', 'ended')),
  started_at   timestamptz not null,
  ended_at     timestamptz,
  outcome      text,
  start        jsonb not null,
  summary      jsonb,
  report       jsonb,
  -- By the database's clock: nodes' clocks differ.
  heartbeat_at timestamptz not null default now()
);
create index calls_by_sid on aybiza.calls (call_sid);
create index calls_by_time on aybiza.calls (started_at desc, call_id desc);
create index calls_live on aybiza.calls (node) where status = 'live';

-- No foreign key: an entry is kept even if its call could not be recorded.
create table aybiza.call_events (
  call_id text not null,
  seq     integer not null,
  at_ms   double precision not null,
  entry   jsonb not null,
  primary key (call_id, seq)
);

create table aybiza.call_snapshots (
  call_id  text primary key,
  -- The last log entry that had been appended when the call was frozen; -1 for none.
  seq      integer not null,
  frozen   jsonb not null,
  saved_at timestamptz not null default now()
);

create table aybiza.outbox (
  id            bigint generated always as identity primary key,
  call_id       text not null,
  job           text not null,
  payload       jsonb not null,
  created_at    timestamptz not null default now(),
  dispatched_at timestamptz,
  unique (call_id, job)
);
create index outbox_waiting on aybiza.outbox (id) where dispatched_at is null;
`;
