import type { ToolWorld } from './tool-world.ts';

/** What the sample back office has been asked to remember. */
export type Note =
  | { kind: 'callBack'; phoneNumber: string; callerName: string | null; callBackTime: string }
  | { kind: 'paymentPromise'; accountNumber: string; payDay: string }
  | { kind: 'doNotCall'; callId: string };

/** Older ones are forgotten: this is a sample, not a database. */
const MOST_NOTES = 10_000;

/** Kept in memory until the process ends. */
export class Notes {
  readonly #notes: Note[] = [];

  /** Oldest first. */
  get all(): readonly Note[] {
    return this.#notes;
  }

  add(note: Note): void {
    this.#notes.push(note);
    if (this.#notes.length > MOST_NOTES) this.#notes.shift();
  }
}

/** The notes that the tools of one world have in common. */
export function notesOf(world: ToolWorld): Notes {
  let notes = opened.get(world);
  if (!notes) {
    notes = new Notes();
    opened.set(world, notes);
  }
  return notes;
}

const opened = new WeakMap<ToolWorld, Notes>();
