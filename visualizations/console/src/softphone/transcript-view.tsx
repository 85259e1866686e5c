import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../components/icon.tsx';
import { duration } from '../shell/format.ts';
import type { LiveCall } from '../shell/live.ts';
import { type Line, readTranscript } from './transcript.ts';

const NEAR_END_PX = 60;

/** The conversation as it grows. It stays at its end unless a person has scrolled back. */
export function TranscriptView({ call }: { call: LiveCall }) {
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  const { value: revision } = call.revision;
  const lines = readTranscript(call.entries);

  useEffect(() => {
    const element = list.current;
    if (element && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [revision]);

  return (
    <ol
      ref={list}
      class="softphone-transcript"
      aria-label="Transcript"
      aria-live="polite"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
      }}
    >
      {lines.map(line => (
        <li key={line.key} class={`said ${line.who}`}>
          <LineView line={line} />
        </li>
      ))}
    </ol>
  );
}

const BY = { voice: '', keypad: ' · keys', text: ' · typed' } as const;

function LineView({ line }: { line: Line }) {
  if (line.who === 'flow')
    return (
      <span class={line.isTrouble ? 'did trouble' : 'did'}>
        <Icon name={line.isTrouble ? 'warn' : 'flows'} />
        {line.text}
      </span>
    );

  const isCaller = line.who === 'caller';
  return (
    <>
      <span class="said-who">
        {isCaller ? `You${BY[line.by]}` : 'Agent'}
        <time>{duration(line.atMs)}</time>
        {line.who === 'agent' && line.interrupted && <span class="cut">cut short</span>}
      </span>
      {line.who === 'agent' ? <AgentWords line={line} /> : <p>{line.text}</p>}
    </>
  );
}

/** What was heard, and in fainter letters what was not. */
function AgentWords({ line }: { line: Extract<Line, { who: 'agent' }> }) {
  const { said, heard, interrupted } = line;
  if (heard === null || !interrupted) return <p>{said}</p>;
  const rest = said.startsWith(heard) ? said.slice(heard.length) : '';
  return (
    <p>
      {heard}
      {rest && (
        <span class="unheard">
          <span class="hidden-visually"> Not heard: </span>
          {rest}
        </span>
      )}
    </p>
  );
}
