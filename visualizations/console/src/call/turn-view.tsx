import type { ComponentChildren } from 'preact';
import { Badge } from '../components/badge.tsx';
import { Icon } from '../components/icon.tsx';
import { cost, duration, latency, percent, words } from '../shell/format.ts';
import { heardPieces } from './heard.ts';
import type { CallerWords, ToolStory, TurnStory } from './story.ts';

type GoTo = (ms: number) => void;

const PURPOSES: Record<string, string> = {
  greeting: 'greeting',
  resume: 'carries on',
  reminder: 'reminder',
  apology: 'apology',
  askAgain: 'asks again',
  noOneAvailable: 'nobody is free',
  welcomeBack: 'welcomes back',
  givenBack: 'is back',
  supervisor: 'said for a supervisor',
  farewell: 'farewell',
};
const UNSURE = 0.6;

/** A turn: what the caller said, what was done about it, and what the agent said and the caller heard of it. */
export function TurnView({ turn, goTo }: { turn: TurnStory; goTo: GoTo }) {
  const { caller, times } = turn;
  const why = turn.explanations.length + turn.usage.length > 0;
  return (
    <article class="call-turn" aria-label={`Turn ${turn.turn}`}>
      {caller && <CallerLine words={caller} goTo={goTo} />}
      {turn.choices.map(({ choice, facts }, at) => (
        <p key={at} class="call-choice">
          <Icon name="next" />
          <span>
            understood <code>{choice}</code>
          </span>
          {Object.entries(facts).map(([name, value]) => (
            <span key={name} class="call-fact">
              {words(name)} <b>{valueText(value)}</b>
            </span>
          ))}
        </p>
      ))}
      {turn.tools.map(tool => (
        <Tool key={tool.id} tool={tool} isCutOff={turn.cutOffMs !== null} goTo={goTo} />
      ))}
      <AgentLine turn={turn} goTo={goTo} />
      {turn.failures.map(error => (
        <p key={error} class="call-incident bad">
          <Icon name="error" />
          <span>No reply came about: {error}</span>
        </p>
      ))}
      {(why || (caller && times.firstFrameMs !== null)) && (
        <div class="call-why">
          {times.firstFrameMs !== null && caller && (
            <span title="From the end of the caller’s turn to the first frame of the answer">
              answered in <b>{latency(times.firstFrameMs - times.endMs)}</b>
              {times.endpointMs !== null && ` · sure of the end after ${latency(times.endpointMs)}`}
            </span>
          )}
          {turn.usage.map((usage, at) => (
            <span key={at}>
              {usage.model} · {usage.inputTokens} + {usage.outputTokens} tokens
              {usage.costUsd !== null && ` · ${cost(usage.costUsd)}`}
            </span>
          ))}
          {turn.explanations.length > 0 && (
            <details>
              <summary>Why</summary>
              <ol>
                {turn.explanations.map((text, at) => (
                  <li key={at}>{text}</li>
                ))}
              </ol>
            </details>
          )}
        </div>
      )}
    </article>
  );
}

export function CallerLine({ words: said, note, goTo }: { words: CallerWords; note?: string; goTo: GoTo }) {
  return (
    <Line who="caller" atMs={said.atMs} goTo={goTo}>
      <LineHead who="Caller" atMs={said.atMs} goTo={goTo}>
        {said.by !== 'voice' && <span class="quiet">{said.by === 'keypad' ? 'keyed' : 'typed'}</span>}
        {said.by === 'voice' && said.confidence < UNSURE && (
          <Badge tone="warn" title="How sure the recogniser is of these words">
            {percent(said.confidence)} sure
          </Badge>
        )}
        {note && <span class="quiet">{note}</span>}
      </LineHead>
      <p>{said.text || '(nothing)'}</p>
    </Line>
  );
}

function AgentLine({ turn, goTo }: { turn: TurnStory; goTo: GoTo }) {
  const pieces = heardPieces(turn);
  const { heard, sentences } = turn;
  const atMs = turn.times.firstFrameMs ?? sentences[0]?.atMs ?? turn.atMs;
  const hasUnheard = pieces?.some(({ wasHeard }) => wasHeard === false) ?? false;
  if (sentences.length === 0 && !heard?.text) {
    if (turn.ended === null && turn.failures.length === 0 && !heard && turn.cutOffMs === null)
      return (
        <div class="call-line agent pending">
          <LineHead who="Agent" atMs={turn.atMs} goTo={goTo}>
            <span class="quiet">
              {turn.tools.some(({ done }) => !done) ? 'waits for a tool' : 'thinks'} …
            </span>
          </LineHead>
        </div>
      );
    return null;
  }

  return (
    <Line who="agent" atMs={atMs} goTo={goTo}>
      <LineHead who="Agent" atMs={atMs} goTo={goTo}>
        {PURPOSES[turn.purpose] && <span class="quiet">{PURPOSES[turn.purpose]}</span>}
        {heard?.interrupted && <Badge tone="warn">Interrupted</Badge>}
        {turn.ended === 'notUnderstood' && <Badge tone="warn">Not understood</Badge>}
        {!heard && turn.cutOffMs !== null && (
          <Badge tone="warn" title="Its node died: nobody knows how much of it was heard">
            Cut off
          </Badge>
        )}
        {!heard && turn.cutOffMs === null && turn.times.firstFrameMs !== null && <SpeakingNow />}
      </LineHead>
      <p>
        {pieces?.map(({ text, isFiller, wasHeard }, at) => {
          const piece = wasHeard === false ? <s key={at}>{text}</s> : <span key={at}>{text}</span>;
          return [
            isFiller && (
              <span class="call-tag" title="Said to bridge a silence; no part of the reply proper">
                filler
              </span>
            ),
            piece,
            ' ',
          ];
        })}
        {!pieces && <span>{heard?.text}</span>}
        {hasUnheard && <span class="call-tag">not heard</span>}
      </p>
      {!pieces && (
        <p class="call-unheard">
          <span class="call-tag">generated</span> {sentences.map(({ text }) => text).join(' ')}
        </p>
      )}
    </Line>
  );
}

interface LineProps {
  who: 'caller' | 'agent';
  atMs: number;
  goTo: GoTo;
  children: ComponentChildren;
}

/** A click leads to its moment, unless it was to select the words. By keyboard the time above it does. */
function Line({ who, atMs, goTo, children }: LineProps) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the time is the button.
    // biome-ignore lint/a11y/useKeyWithClickEvents: the time is the button.
    <div class={`call-line ${who}`} onClick={() => getSelection()?.isCollapsed !== false && goTo(atMs)}>
      {children}
    </div>
  );
}

function SpeakingNow() {
  return (
    <span class="call-speaking-now">
      <i aria-hidden="true" /> speaking
    </span>
  );
}

interface LineHeadProps {
  who: string;
  atMs: number;
  goTo: GoTo;
  children?: ComponentChildren;
}

function LineHead({ who, atMs, goTo, children }: LineHeadProps) {
  return (
    <div class="call-line-head">
      <b>{who}</b>
      <button
        type="button"
        class="call-time"
        aria-label={`Go to ${duration(atMs)}`}
        onClick={() => goTo(atMs)}
      >
        {duration(atMs)}
      </button>
      {children}
    </div>
  );
}

function Tool({ tool, isCutOff, goTo }: { tool: ToolStory; isCutOff: boolean; goTo: GoTo }) {
  const { name, input, done, askedAtMs } = tool;
  const isBad = done !== null && done.error !== null;
  return (
    <details class={`call-tool ${isBad ? 'bad' : ''}`}>
      <summary>
        <Icon name={isBad ? 'error' : 'flows'} />
        <code>{name}</code>
        <span class="call-tool-gist clip">
          {isBad ? done.error : done ? gist(done.result) : input ? gist(input) : ''}
        </span>
        <span class="quiet">
          {done ? latency(done.atMs - askedAtMs) : isCutOff ? 'its node died' : 'running …'}
        </span>
      </summary>
      <dl>
        <dt>Input</dt>
        <dd>
          <pre>{JSON.stringify(input, null, 2)}</pre>
        </dd>
        {done && (
          <>
            <dt>{isBad ? 'Error' : 'Result'}</dt>
            <dd>
              <pre>{isBad ? done.error : JSON.stringify(done.result, null, 2)}</pre>
            </dd>
          </>
        )}
      </dl>
      <button type="button" class="call-time" onClick={() => goTo(askedAtMs)}>
        Go to {duration(askedAtMs)}
      </button>
    </details>
  );
}

/** `orderNumber 4711 · status is on its way`. */
function gist(record: Readonly<Record<string, unknown>> | null): string {
  return Object.entries(record ?? {})
    .map(([name, value]) => `${words(name)} ${valueText(value)}`)
    .join(' · ');
}

export function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '–' : JSON.stringify(value);
}
