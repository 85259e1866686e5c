import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { stateName } from '../shell/format.ts';
import { query as address, setQuery } from '../shell/router.ts';
import type { CallRow } from '../shell/types.ts';
import type { ListQuery } from './list-query.ts';

/** Narrows the list. What is chosen is in the address, so that a view can be sent to somebody. */
export function Filters({ calls, query }: { calls: Iterable<CallRow>; query: ListQuery }) {
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const isTyping = (event.target as Element).matches('input, textarea, select');
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      search.current?.focus();
    };
    document.addEventListener('keydown', focus);
    return () => document.removeEventListener('keydown', focus);
  }, []);

  const states = new Set<string>();
  const flows = new Set<string>();
  const agents = new Set<string>();
  for (const call of calls) {
    states.add(call.state);
    flows.add(call.flow);
    agents.add(call.agent);
  }
  return (
    <search class="call-filters">
      <label class="call-search">
        <Icon name="search" />
        <span class="hidden-visually">Search calls</span>
        <input
          ref={search}
          class="input"
          type="search"
          placeholder="Number, agent, flow, node"
          value={address.value.get('q') ?? ''}
          onInput={event => setQuery({ q: event.currentTarget.value })}
        />
        <span class="key" aria-hidden="true">
          /
        </span>
      </label>
      <Choice label="Any state" name="state" value={query.state} options={states} text={stateName} />
      <Choice label="Any flow" name="flow" value={query.flow} options={flows} />
      <Choice label="Any agent" name="agent" value={query.agent} options={agents} />
      <Button aria-pressed={query.slow} onClick={() => setQuery({ slow: query.slow ? null : '1' })}>
        Slow
      </Button>
      <Button
        aria-pressed={query.warnings}
        onClick={() => setQuery({ warnings: query.warnings ? null : '1' })}
      >
        Warnings
      </Button>
    </search>
  );
}

interface ChoiceProps {
  label: string;
  name: string;
  value: string;
  options: ReadonlySet<string>;
  text?: (option: string) => string;
}

function Choice({ label, name, value, options, text = option => option }: ChoiceProps) {
  // What was chosen stays a choice when the last call that had it has gone.
  const all = [...new Set([...options, value])].filter(Boolean).sort();
  return (
    <select
      class={value ? 'input is-set' : 'input'}
      aria-label={label}
      value={value}
      onChange={event => setQuery({ [name]: event.currentTarget.value })}
    >
      <option value="">{label}</option>
      {all.map(option => (
        <option key={option} value={option}>
          {text(option)}
        </option>
      ))}
    </select>
  );
}
