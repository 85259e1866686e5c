/** Every version of a flow that was ever in force, so that a recorded call can be looked at with the chart it followed. */
export const sql = `
create table aybiza.flows (
  name     text not null,
  version  text not null,
  -- Not jsonb, which would put keys in an order of its own: the order of choices is part of a flow.
  chart    json not null,
  first_at timestamptz not null default now(),
  last_at  timestamptz not null default now(),
  primary key (name, version)
);
create index calls_by_flow on aybiza.calls ((start->>'flow'), (start->>'flowVersion'), started_at desc);
`;
