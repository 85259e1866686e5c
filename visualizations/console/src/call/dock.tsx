import { useComputed, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { duration, stateName } from '../shell/format.ts';
import { Lanes } from './lanes.tsx';
import { TRACKS, type Track } from './peaks.ts';
import type { Playback } from './playback.ts';
import type { Span, Timeline } from './timeline.ts';

const SPANS: readonly { label: string; span: Span }[] = [
  { label: 'All', span: null },
  { label: '2 min', span: 120_000 },
  { label: '30 s', span: 30_000 },
];
const KEY_STEP_MS = 1_000;
const PAGE_STEP_MS = 10_000;

/** The page's timeline, and what moves along it. */
export function Dock({ timeline, playback }: { timeline: Timeline; playback: Playback }) {
  return (
    <section class="call-dock" aria-label="Timeline">
      <Transport timeline={timeline} playback={playback} />
      <Slider timeline={timeline} playback={playback} />
    </section>
  );
}

function Transport({ timeline, playback }: { timeline: Timeline; playback: Playback }) {
  const isLive = timeline.isLive.value;
  const isBack = timeline.cursorMs.value !== null;
  const isPlaying = playback.isPlaying.value;
  return (
    <div class="call-transport">
      <Button kind="plain" icon="back" label="Previous step" onClick={() => timeline.stepBy(-1)} />
      <button
        type="button"
        class="button icon-only"
        aria-label={isPlaying ? 'Pause' : 'Play'}
        title={isPlaying ? 'Pause' : 'Play'}
        onClick={() => playback.toggle()}
      >
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
          <path d={isPlaying ? 'M5.500 3.500v9M10.500 3.500v9' : 'M5 3 12.500 8 5 13z'} />
        </svg>
      </button>
      <Button kind="plain" icon="next" label="Next step" onClick={() => timeline.stepBy(1)} />
      <Clock timeline={timeline} />
      <button
        type="button"
        class="button plain call-rate"
        aria-label={`Speed ${playback.rate.value}`}
        onClick={() => playback.nextRate()}
      >
        {playback.rate.value}×
      </button>
      {playback.problem.value !== null && (
        <span class="call-dock-note" role="alert">
          {playback.problem.value}
        </span>
      )}
      {timeline.data.opening.value?.hasAudio === false && (
        <span class="call-dock-note">
          {isLive
            ? 'No audio is kept: the server runs without RECORDING=on.'
            : 'No audio: it was not kept, or not for longer than RECORDING_DAYS.'}
        </span>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms. */}
      <div class="call-spans" role="group" aria-label="How much is shown">
        {SPANS.map(({ label, span }) => (
          <button
            key={label}
            type="button"
            aria-pressed={timeline.span.value === span}
            onClick={() => {
              timeline.span.value = span;
            }}
          >
            {label}
          </button>
        ))}
      </div>
      <button
        type="button"
        class={`button call-live ${isBack ? '' : 'on'}`}
        disabled={!isBack}
        onClick={() => timeline.toNow()}
      >
        <i aria-hidden="true" />
        {isLive ? 'Live' : 'End'}
      </button>
    </div>
  );
}

function Clock({ timeline }: { timeline: Timeline }) {
  const moment = useComputed(() => duration(timeline.momentMs.value));
  const length = useComputed(() => duration(timeline.nowMs.value));
  return (
    <span class="call-clock">
      <b>{moment}</b> / {length}
    </span>
  );
}

const NAMES: Record<Track, string> = { caller: 'Caller', agent: 'Agent' };

/** Names of the lanes; each can be heard or not. */
function Gutter({ timeline, playback }: { timeline: Timeline; playback: Playback }) {
  const hasAudio = timeline.data.opening.value?.hasAudio ?? false;
  return (
    <div class="call-gutter">
      {TRACKS.map(track =>
        hasAudio ? (
          <button
            key={track}
            type="button"
            class={track}
            aria-pressed={!playback.muted.value.has(track)}
            title={`Play the ${track}`}
            onClick={() => playback.toggleTrack(track)}
          >
            {NAMES[track]}
          </button>
        ) : (
          <span key={track} class={track}>
            {NAMES[track]}
          </span>
        ),
      )}
    </div>
  );
}

/** Arrows move by a second, with Shift or Page by ten; comma and full stop by a step of the call; space plays. */
function Slider({ timeline, playback }: { timeline: Timeline; playback: Playback }) {
  const element = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const rest = useRef<HTMLDivElement>(null);

  useSignalEffect(() => {
    const [fromMs, toMs] = timeline.view.value;
    const momentMs = timeline.momentMs.value;
    const share = Math.min(1, Math.max(0, (momentMs - fromMs) / (toMs - fromMs)));
    const isShown = momentMs >= fromMs && momentMs <= toMs;
    if (head.current) {
      head.current.style.left = `${share * 100}%`;
      head.current.hidden = !isShown;
    }
    if (rest.current) rest.current.style.left = `${share * 100}%`;
    const { current } = element;
    if (!current) return;
    const state = timeline.step?.states.find(name => name.includes('.floor.')) ?? '';
    const told = stateName(state.replace(/^.*?\.floor\./, ''));
    current.setAttribute('aria-valuemax', String(Math.round(timeline.nowMs.value / 100) / 10));
    current.setAttribute('aria-valuenow', String(Math.round(momentMs / 100) / 10));
    current.setAttribute('aria-valuetext', [duration(momentMs), told].filter(Boolean).join(', '));
  });

  function momentAt(clientX: number): number {
    const { left, width } = (element.current as HTMLElement).getBoundingClientRect();
    const [fromMs, toMs] = timeline.view.peek();
    return fromMs + Math.min(1, Math.max(0, (clientX - left) / width)) * (toMs - fromMs);
  }

  function release(): void {
    timeline.heldView.value = null;
  }

  function onKeyDown(event: KeyboardEvent): void {
    const far = event.shiftKey ? PAGE_STEP_MS : KEY_STEP_MS;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => timeline.move(-far),
      ArrowDown: () => timeline.move(-far),
      ArrowRight: () => timeline.move(far),
      ArrowUp: () => timeline.move(far),
      PageDown: () => timeline.move(-PAGE_STEP_MS),
      PageUp: () => timeline.move(PAGE_STEP_MS),
      Home: () => timeline.goTo(0),
      End: () => timeline.toNow(),
      ',': () => timeline.stepBy(-1),
      '.': () => timeline.stepBy(1),
      ' ': () => playback.toggle(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  return (
    <div class="call-slider-box">
      <Gutter timeline={timeline} playback={playback} />
      <div
        ref={element}
        class="call-slider"
        role="slider"
        tabIndex={0}
        aria-valuenow={0}
        aria-label="Moment of the call, in seconds"
        aria-valuemin={0}
        onKeyDown={onKeyDown}
        onPointerDown={event => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          timeline.heldView.value = timeline.view.peek();
          timeline.goTo(momentAt(event.clientX));
        }}
        onPointerMove={event => {
          if (timeline.heldView.peek()) timeline.goTo(momentAt(event.clientX));
        }}
        onPointerUp={release}
        onPointerCancel={release}
        onLostPointerCapture={release}
      >
        <Lanes timeline={timeline} muted={playback.muted.value} />
        <div ref={rest} class="call-rest" />
        <div ref={head} class="call-playhead" />
      </div>
    </div>
  );
}
