import { effect, signal } from '@preact/signals';
import { pathOf } from './call-data.ts';
import { TRACKS, type Track } from './peaks.ts';
import type { Timeline } from './timeline.ts';

/** Apart by more than this, two voices are heard to be. */
const MOST_APART_S = 0.06;
/** The moment was moved by somebody else. */
const SEEK_MS = 120;
export const RATES = [1, 1.5, 2] as const;

/** Plays both tracks in step with the timeline. Of a call without audio, time alone passes. */
export class Playback {
  readonly isPlaying = signal(false);
  readonly rate = signal<number>(1);
  readonly muted = signal<ReadonlySet<Track>>(new Set());
  readonly problem = signal<string | null>(null);
  readonly #timeline: Timeline;
  readonly #players = new Map<Track, HTMLAudioElement>();
  readonly #stop: () => void;
  #frame = 0;
  #lastMs = 0;
  #lastFrame = 0;
  /** How much of the call the players were given. */
  #loadedMs = -1;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
    this.#stop = effect(() => {
      const cursorMs = timeline.cursorMs.value;
      if (!this.isPlaying.peek()) return;
      if (cursorMs === null) this.pause();
      else if (Math.abs(cursorMs - this.#lastMs) > SEEK_MS) this.#seek(cursorMs);
    });
  }

  close(): void {
    this.pause();
    this.#stop();
    for (const player of this.#players.values()) player.removeAttribute('src');
  }

  toggle(): void {
    if (this.isPlaying.peek()) this.pause();
    else this.play();
  }

  play(): void {
    const { cursorMs, nowMs, isLive } = this.#timeline;
    const endMs = nowMs.peek();
    const at = cursorMs.peek() ?? (isLive.peek() ? Math.max(0, endMs - 5_000) : 0);
    this.#timeline.goTo(at >= endMs - SEEK_MS ? 0 : at);
    this.problem.value = null;
    this.isPlaying.value = true;
    this.#seek(this.#timeline.momentMs.peek());
    for (const player of this.#audio()) {
      player.playbackRate = this.rate.peek();
      player.play().catch((error: Error) => this.#failed(error));
    }
    this.#lastFrame = performance.now();
    this.#frame = requestAnimationFrame(now => this.#advance(now));
  }

  pause(): void {
    this.isPlaying.value = false;
    cancelAnimationFrame(this.#frame);
    for (const player of this.#players.values()) player.pause();
  }

  nextRate(): void {
    const at = RATES.indexOf(this.rate.peek() as 1);
    this.rate.value = RATES[(at + 1) % RATES.length] as number;
    for (const player of this.#players.values()) player.playbackRate = this.rate.peek();
  }

  toggleTrack(track: Track): void {
    const muted = new Set(this.muted.peek());
    if (!muted.delete(track)) muted.add(track);
    this.muted.value = muted;
    const player = this.#players.get(track);
    if (player) player.muted = muted.has(track);
  }

  #advance(now: number): void {
    const [leader, follower] = this.#audio();
    const passedMs = (now - this.#lastFrame) * this.rate.peek();
    this.#lastFrame = now;
    const heard = leader && leader.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !leader.ended;
    const ms = heard
      ? leader.currentTime * 1_000
      : leader && !leader.ended
        ? this.#lastMs
        : this.#lastMs + passedMs;
    if (leader && follower && Math.abs(leader.currentTime - follower.currentTime) > MOST_APART_S)
      follower.currentTime = leader.currentTime;

    this.#lastMs = ms;
    if (ms >= this.#timeline.nowMs.peek()) {
      this.pause();
      this.#timeline.toNow();
      return;
    }
    this.#timeline.cursorMs.value = ms;
    this.#frame = requestAnimationFrame(next => this.#advance(next));
  }

  #seek(ms: number): void {
    this.#lastMs = ms;
    for (const player of this.#audio()) player.currentTime = ms / 1_000;
  }

  /** The players, given as much of the call as there is. */
  #audio(): HTMLAudioElement[] {
    const opening = this.#timeline.data.opening.peek();
    if (!opening?.hasAudio || this.problem.peek() !== null) return [];
    const nowMs = Math.floor(this.#timeline.nowMs.peek());
    const isStale = this.#timeline.momentMs.peek() > this.#loadedMs - 1_000 && nowMs > this.#loadedMs + 1_000;
    if (isStale) {
      this.#loadedMs = nowMs;
      for (const track of TRACKS)
        this.#load(track, `${pathOf(opening.callSid)}/audio?track=${track}&upTo=${nowMs}`);
    }
    return [...this.#players.values()];
  }

  #load(track: Track, src: string): void {
    const player = this.#players.get(track) ?? new Audio();
    this.#players.set(track, player);
    player.preload = 'auto';
    player.src = src;
    player.muted = this.muted.peek().has(track);
    player.onerror = () => this.#failed(new Error('The recording cannot be played. Try again.'));
    player.currentTime = this.#lastMs / 1_000;
    if (this.isPlaying.peek()) void player.play().catch(() => {});
  }

  #failed(error: Error): void {
    if (error.name === 'AbortError') return;
    this.pause();
    this.problem.value = error.message;
  }
}
