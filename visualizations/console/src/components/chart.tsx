import { useEffect, useRef, useState } from 'preact/hooks';
import { apiText } from '../shell/api.ts';
import { theme } from '../shell/theme.ts';
import { Button } from './button.tsx';
import { ChartPicture, type Painting } from './chart-picture.ts';
import { CHART_STYLE } from './chart-style.ts';
import { PanZoom } from './pan-zoom.ts';
import { ErrorState, Skeleton } from './state-block.tsx';

interface ChartProps extends Painting {
  /** Address of the picture: `/api/charts/…svg`. */
  src: string;
  /** Names it for those who cannot see it. */
  label: string;
  /** Keeps this state in view until a person moves the picture; the button for the whole picture starts it again. */
  follow?: string | null;
  class?: string;
}

const READABLE_SCALE = 0.95;

/** A chart's picture that moves, zooms, and shows where calls are. It fills the box it is in: give that a height. */
export function Chart({
  src,
  label,
  follow = null,
  lit,
  taken,
  strengths,
  tallies,
  found,
  class: extra,
}: ChartProps) {
  const host = useRef<HTMLElement>(null);
  const parts = useRef<{ picture: ChartPicture; panZoom: PanZoom } | null>(null);
  const [drawn, setDrawn] = useState<'loading' | 'ready' | Error>('loading');
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    const control = new AbortController();
    setDrawn('loading');
    apiText(src, { signal: control.signal }).then(
      text => {
        if (control.signal.aborted || !host.current) return;
        try {
          parts.current?.panZoom.close();
          parts.current = draw(host.current, text);
          setDrawn('ready');
        } catch (error) {
          setDrawn(error as Error);
        }
      },
      error => !control.signal.aborted && setDrawn(error as Error),
    );
    return () => control.abort();
  }, [src, attempt]);

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const watcher = new ResizeObserver(() => {
      const panZoom = parts.current?.panZoom;
      if (panZoom && !panZoom.isMoved) look(parts.current, follow);
    });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [follow]);

  useEffect(() => () => parts.current?.panZoom.close(), []);

  const isReady = drawn === 'ready';
  useEffect(() => {
    if (isReady)
      parts.current?.picture.paint({
        ...(lit && { lit }),
        ...(taken && { taken }),
        ...(strengths && { strengths }),
        ...(tallies && { tallies }),
        ...(found && { found }),
      });
  }, [isReady, lit, taken, strengths, tallies, found]);
  useEffect(() => {
    if (isReady && !parts.current?.panZoom.isMoved) look(parts.current, follow);
  }, [isReady, follow]);

  return (
    <div class={`chart ${extra ?? ''}`}>
      <section
        ref={host}
        class="chart-host"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys move and zoom the picture.
        tabIndex={0}
        aria-label={`${label}. Arrow keys move it, plus and minus zoom.`}
        data-theme={theme.value}
      />
      {drawn === 'loading' && <Skeleton label="The picture is being drawn" lines={8} />}
      {drawn instanceof Error && (
        <ErrorState title="No picture of this chart" error={drawn} again={() => setAttempt(attempt + 1)} />
      )}
      {isReady && (
        <div class="chart-tools">
          <Button
            kind="plain"
            icon="minus"
            label="Smaller"
            onClick={() => parts.current?.panZoom.zoomOut()}
          />
          <Button kind="plain" icon="plus" label="Larger" onClick={() => parts.current?.panZoom.zoomIn()} />
          <Button
            kind="plain"
            icon="fit"
            label={follow ? 'Back to where the call is' : 'Whole picture'}
            onClick={() => (follow ? look(parts.current, follow) : parts.current?.panZoom.fit())}
          />
        </div>
      )}
    </div>
  );
}

function draw(host: HTMLElement, text: string): { picture: ChartPicture; panZoom: PanZoom } {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const view = document.createElement('div');
  view.className = 'view';
  root.replaceChildren(view);
  const picture = new ChartPicture(root, view, text, CHART_STYLE);
  const panZoom = new PanZoom(host, view);
  panZoom.open(picture);
  return { picture, panZoom };
}

function look(parts: { picture: ChartPicture; panZoom: PanZoom } | null, follow: string | null): void {
  const box = follow === null ? null : parts?.picture.boxOf(follow);
  if (box) parts?.panZoom.show(box, READABLE_SCALE);
  else parts?.panZoom.open(parts.picture);
}
