/** Companies, their keys at providers, what their calls cost at models, and what they may cost. */
export const sql = `
create table aybiza.companies (
  company_id text primary key,
  name       text not null,
  created_at timestamptz not null default now()
);

create table aybiza.company_keys (
  id              bigint generated always as identity primary key,
  company_id      text not null references aybiza.companies,
  provider        text not null,
  -- What the provider calls the key: OpenRouter's hash. No secret. Null for a key that a company brought.
  provider_key_id text,
  -- Encrypted; see src/companies/sealing.ts. A retired key is forgotten.
  sealed          text,
  master_key_id   text,
  created_at      timestamptz not null default now(),
  retired_at      timestamptz,
  -- What the provider last said of it, by src/jobs/read-key-usage.ts.
  checked_at      timestamptz,
  read_at         timestamptz,
  usage_usd       numeric,
  usage_day_usd   numeric,
  usage_week_usd  numeric,
  usage_month_usd numeric,
  limit_usd       numeric,
  limit_left_usd  numeric,
  disabled        boolean not null default false,
  check (retired_at is not null or (sealed is not null and master_key_id is not null))
);
create unique index company_keys_active on aybiza.company_keys (company_id, provider) where retired_at is null;

-- No foreign keys: what was used is kept even if nobody knows the company or the call.
create table aybiza.model_usage (
  id            bigint generated always as identity primary key,
  -- A request that is told twice counts once.
  request_id    text not null unique,
  call_id       text not null,
  company_id    text not null,
  department    text,
  -- The company's own id of its user.
  user_ref      text,
  conversation  text,
  provider      text not null,
  model         text not null,
  input_tokens  integer not null,
  output_tokens integer not null,
  cached_tokens integer not null,
  -- Null where nobody knows the price.
  cost_usd      numeric,
  at            timestamptz not null
);
create index model_usage_by_company on aybiza.model_usage (company_id, at);

-- What limits are held against: a check before every request cannot add up a month of requests.
create table aybiza.usage_days (
  company_id text not null,
  scope      text not null,
  -- Which department, user or conversation; '*' for the company.
  subject    text not null,
  -- In UTC.
  day        date not null,
  cost_usd   numeric not null,
  primary key (company_id, scope, subject, day)
);

create table aybiza.usage_limits (
  company_id    text not null references aybiza.companies,
  scope         text not null check (scope in ('company', 'department', 'user', 'conversation')),
  -- Which one; '*' for each of them.
  subject       text not null,
  period        text not null check (period in ('day', 'week', 'month', 'total')),
  limit_usd     numeric not null check (limit_usd >= 0),
  -- Part of the limit at which people are warned.
  warn_fraction numeric not null check (warn_fraction between 0 and 1),
  primary key (company_id, scope, subject, period)
);

create table aybiza.usage_alerts (
  id            bigint generated always as identity primary key,
  company_id    text not null,
  -- As in usage_limits, or 'key': the provider's own limit of the company's key.
  scope         text not null,
  subject       text not null,
  period        text not null,
  period_start  timestamptz not null,
  kind          text not null check (kind in ('warn', 'limit')),
  threshold_usd numeric not null,
  spent_usd     numeric not null,
  at            timestamptz not null,
  unique (company_id, scope, subject, period, period_start, kind, threshold_usd)
);
`;
