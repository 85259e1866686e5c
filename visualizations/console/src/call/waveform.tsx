import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { theme } from '../shell/theme.ts';
import type { Peaks } from './peaks.ts';
import type { Timeline } from './timeline.ts';

/** Quieter than this is not drawn larger than it is. */
const LEAST_FULL_SCALE = 0.15;
/** Soft speech is seen beside loud speech. */
const SOFTNESS = 0.6;
const SILENCE = 0.006;
const SILENCE_ALPHA = 0.35;

/** A track's shape over the part of the call that the timeline shows. */
export function Waveform({ peaks, timeline, track }: { peaks: Peaks; timeline: Timeline; track: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    let frame = 0;
    const draw = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => paint(element, peaks, timeline.view.peek()));
    };
    const stop = effect(() => {
      peaks.revision.value;
      timeline.view.value;
      theme.value;
      draw();
    });
    const watcher = new ResizeObserver(draw);
    watcher.observe(element);
    return () => {
      stop();
      watcher.disconnect();
      cancelAnimationFrame(frame);
    };
  }, [peaks, timeline]);

  return <canvas ref={canvas} class={`call-wave ${track}`} />;
}

function paint(canvas: HTMLCanvasElement, peaks: Peaks, [fromMs, toMs]: readonly [number, number]): void {
  const context = canvas.getContext('2d');
  const { clientWidth, clientHeight } = canvas;
  if (!context || clientWidth === 0) return;
  const ratio = Math.min(2, devicePixelRatio);
  canvas.width = Math.round(clientWidth * ratio);
  canvas.height = Math.round(clientHeight * ratio);
  context.scale(ratio, ratio);
  context.fillStyle = getComputedStyle(canvas).color;

  const middle = clientHeight / 2;
  let fullScale = LEAST_FULL_SCALE;
  for (const high of peaks.highs) if (high > fullScale) fullScale = high;
  for (const low of peaks.lows) if (-low > fullScale) fullScale = -low;
  const perPx = (toMs - fromMs) / clientWidth / peaks.stepMs;
  const start = fromMs / peaks.stepMs;
  for (let x = 0; x < clientWidth; x++) {
    const first = Math.floor(start + x * perPx);
    if (first >= peaks.lows.length) break;
    const last = Math.max(first + 1, Math.floor(start + (x + 1) * perPx));
    let low = 0;
    let high = 0;
    for (let at = first; at < last && at < peaks.lows.length; at++) {
      low = Math.min(low, peaks.lows[at] as number);
      high = Math.max(high, peaks.highs[at] as number);
    }
    context.globalAlpha = high - low < SILENCE ? SILENCE_ALPHA : 1;
    const top = (high / fullScale) ** SOFTNESS * (middle - 1);
    const bottom = (-low / fullScale) ** SOFTNESS * (middle - 1);
    context.fillRect(x, middle - top, 1, Math.max(1, top + bottom));
  }
}
