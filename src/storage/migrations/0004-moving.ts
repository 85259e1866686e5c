/** Calls that move between nodes: who owns a call, which tools it has run, and which nodes there are. */
export const sql = `
alter table aybiza.calls
  -- Raised by whoever takes the call over; what an earlier owner writes after that is refused.
  add column epoch    integer not null default 1,
  -- Its owner has frozen it and let it go: anyone may go on with it.
  add column released boolean not null default false;

-- No foreign key, as with the log.
create table aybiza.tool_runs (
  call_id  text not null,
  -- Of the request.
  id       text not null,
  name     text not null,
  input    jsonb not null,
  began_at timestamptz not null default clock_timestamp(),
  -- Null while nobody knows how it ended.
  result   jsonb,
  primary key (call_id, id)
);

create table aybiza.nodes (
  node         text primary key,
  -- The opening of the store that the node writes with; a restarted node takes its row over.
  opening      text not null,
  -- Where other nodes and carriers reach it.
  url          text not null,
  region       text not null,
  calls        integer not null default 0,
  draining     boolean not null default false,
  -- By the database's clock: nodes' clocks differ.
  heartbeat_at timestamptz not null default now()
);
`;
