import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { SpeakingSign } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { EmptyState } from '../components/state-block.tsx';
import { duration } from '../shell/format.ts';
import { keyOf, type StoryItem, storyOf } from './story.ts';
import type { Timeline } from './timeline.ts';
import { CallerLine, TurnView } from './turn-view.tsx';

const NEAR_END_PX = 80;

/** What was said and done up to the moment, and dimmed what came later; it grows with the call. */
export function Transcript({ timeline }: { timeline: Timeline }) {
  const scroller = useRef<HTMLDivElement>(null);
  const moment = useRef<HTMLDivElement>(null);
  const isAtEnd = useSignal(true);
  const lastTop = useRef(0);
  const story = useComputed(() => {
    timeline.data.revision.value;
    return storyOf(timeline.data.entries, timeline.entryCount.value);
  });
  const later = useComputed(() => {
    timeline.data.revision.value;
    if (timeline.cursorMs.value === null) return [];
    const known = new Set(story.value.items.map(keyOf));
    return storyOf(timeline.data.entries).items.filter(item => !known.has(keyOf(item)));
  });
  const { items, speaking } = story.value;
  const isLive = timeline.isLive.value;
  const isBack = timeline.cursorMs.value !== null;

  useSignalEffect(() => {
    story.value;
    const isPast = timeline.cursorMs.value !== null;
    requestAnimationFrame(() => {
      const { current } = scroller;
      if (isPast) moment.current?.scrollIntoView({ block: 'nearest' });
      else if (current && isAtEnd.peek()) current.scrollTop = current.scrollHeight;
    });
  });

  if (items.length + later.value.length === 0 && !speaking)
    return (
      <EmptyState title={isLive ? 'Nothing was said yet' : 'Nothing was said'}>
        Words appear here as soon as somebody speaks.
      </EmptyState>
    );

  return (
    <div class="call-transcript-box">
      <div
        ref={scroller}
        class="call-transcript"
        role="log"
        aria-label="Transcript"
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          // Words that come meanwhile move the end away; only a person moves up.
          if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) isAtEnd.value = true;
          else if (scrollTop < lastTop.current) isAtEnd.value = false;
          lastTop.current = scrollTop;
        }}
      >
        {items.map(item => (
          <Item key={keyOf(item)} item={item} timeline={timeline} />
        ))}
        {speaking && (
          <div class="call-line caller pending">
            <SpeakingSign who="caller" />
            {speaking.text && <p>{speaking.text} …</p>}
          </div>
        )}
        {isBack && (
          <div ref={moment} class="call-moment">
            <span>{later.value.length > 0 ? 'Later' : 'You are here'}</span>
          </div>
        )}
        {later.value.length > 0 && (
          <section class="call-later" aria-label="Later in the call">
            {later.value.map(item => (
              <Item key={keyOf(item)} item={item} timeline={timeline} />
            ))}
          </section>
        )}
      </div>
      {!isBack && !isAtEnd.value && (
        <Button
          class="call-to-end"
          icon="down"
          onClick={() =>
            scroller.current?.scrollTo({ top: scroller.current.scrollHeight, behavior: 'smooth' })
          }
        >
          Newest
        </Button>
      )}
    </div>
  );
}

function Item({ item, timeline }: { item: StoryItem; timeline: Timeline }) {
  const revision = item.is === 'turn' ? item.revision : 0;
  // A turn that nothing happened to is not drawn again.
  return useMemo(() => {
    if (item.is === 'turn') return <TurnView turn={item} goTo={ms => timeline.goTo(ms)} />;
    if (item.is === 'unanswered')
      return (
        <article class="call-turn">
          <CallerLine words={item.words} note="not answered yet" goTo={ms => timeline.goTo(ms)} />
        </article>
      );
    return (
      <p class={`call-incident ${item.tone}`}>
        <button type="button" class="call-time" onClick={() => timeline.goTo(item.atMs)}>
          {duration(item.atMs)}
        </button>
        {item.tone === 'move' && <Icon name="move" />}
        <span>{item.text}</span>
      </p>
    );
  }, [revision, timeline]);
}
