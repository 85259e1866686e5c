import type { CallStep } from '../../replay/steps.ts';
import { detailsText, wholeStepText } from './steps-text.ts';
import { seconds } from './words.ts';

/** A person's place in a call. Every step is there already, so that stepping back is exact. */
export interface Viewer {
  title: string;
  steps: readonly CallStep[];
  at: number;
  /** What is being typed at the bottom. */
  prompt: { for: 'turn' | 'search'; typed: string } | null;
  /** The latest search; an empty one repeats it. */
  sought: string;
  message: string;
}

/** As Node's readline tells keys. */
export interface Key {
  name?: string | undefined;
  sequence?: string | undefined;
  ctrl?: boolean | undefined;
}

const PAGE = 10;
const HELP = '→ n next   ← p back   PgDn PgUp ten   Home End   g turn   / search   q quit';

export function openViewer(title: string, steps: readonly CallStep[], at = 0): Viewer {
  return { title, steps, at, prompt: null, sought: '', message: '' };
}

/** Null: the person leaves. */
export function press(viewer: Viewer, key: Key): Viewer | null {
  if (key.ctrl && (key.name === 'c' || key.name === 'd')) return null;
  return viewer.prompt ? type(viewer, viewer.prompt, key) : move({ ...viewer, message: '' }, key);
}

/** The screen, line by line: the steps around this one, and all about it. */
export function screen(viewer: Viewer, size: { columns: number; rows: number }): string[] {
  const { title, steps, at, prompt, message } = viewer;
  const step = steps[at];
  if (!step) return [title, 'The call has no steps.'];

  const rows = Math.max(size.rows, 8);
  const listRows = Math.max(3, Math.floor((rows - 4) / 2));
  const from = Math.max(0, Math.min(at - Math.floor(listRows / 2), steps.length - listRows));
  const list = steps.slice(from, from + listRows).map(each => rowText(each, each === step));
  const details = wholeStepText(step, steps[at - 1]).slice(1);
  const bottom = prompt ? `${prompt.for === 'turn' ? 'turn ' : '/'}${prompt.typed}` : message || HELP;
  const head = `Step ${at} of ${steps.length - 1}   ${title}`;
  const free = rows - list.length - 3;
  const shown = details.slice(0, free);
  return [head, ...list, '', ...shown, ...Array<string>(free - shown.length).fill(''), bottom].map(line =>
    [...line].slice(0, size.columns).join(''),
  );
}

function rowText({ atMs, event, callState, flow, movedFlow }: CallStep, isHere: boolean): string {
  const mark = isHere ? '>' : ' ';
  const moved = movedFlow ? '*' : ' ';
  return `${mark}${seconds(atMs).padStart(10)}  ${event.padEnd(24)}${callState.padEnd(32)}${moved}${flow?.state ?? ''}`;
}

function move(viewer: Viewer, { name, sequence }: Key): Viewer | null {
  const to = (at: number) => ({
    ...viewer,
    at: Math.max(0, Math.min(viewer.steps.length - 1, at)),
  });
  if (sequence === '/') return { ...viewer, prompt: { for: 'search', typed: '' } };
  switch (name) {
    case 'right':
    case 'n':
      return to(viewer.at + 1);
    case 'left':
    case 'p':
      return to(viewer.at - 1);
    case 'pagedown':
    case 'space':
      return to(viewer.at + PAGE);
    case 'pageup':
      return to(viewer.at - PAGE);
    case 'home':
      return to(0);
    case 'end':
      return to(viewer.steps.length - 1);
    case 'g':
      return { ...viewer, prompt: { for: 'turn', typed: '' } };
    case 'q':
      return null;
    default:
      return viewer;
  }
}

function type(viewer: Viewer, prompt: NonNullable<Viewer['prompt']>, { name, sequence = '' }: Key): Viewer {
  if (name === 'escape') return { ...viewer, prompt: null };
  if (name === 'backspace') return { ...viewer, prompt: { ...prompt, typed: prompt.typed.slice(0, -1) } };
  if (name === 'return' || name === 'enter') {
    const asked = { ...viewer, prompt: null };
    return prompt.for === 'turn' ? goToTurn(asked, prompt.typed) : search(asked, prompt.typed);
  }
  if ([...sequence].length !== 1 || sequence < ' ') return viewer;
  return { ...viewer, prompt: { ...prompt, typed: prompt.typed + sequence } };
}

function goToTurn(viewer: Viewer, typed: string): Viewer {
  const turn = Number(typed);
  const at = viewer.steps.findIndex(step => step.turn === turn);
  if (at >= 0) return { ...viewer, at };
  const last = viewer.steps.at(-1)?.turn ?? 0;
  return { ...viewer, message: `There is no turn ${typed}: the call has ${last}.` };
}

/** The next step with the text in it, from the start again after the last. */
function search(viewer: Viewer, typed: string): Viewer {
  const sought = typed || viewer.sought;
  const { steps, at } = viewer;
  for (let ahead = 1; ahead <= steps.length; ahead++) {
    const index = (at + ahead) % steps.length;
    if (textOf(steps, index).includes(sought.toLowerCase())) return { ...viewer, at: index, sought };
  }
  return { ...viewer, sought, message: `“${sought}” is nowhere in the call.` };
}

function textOf(steps: readonly CallStep[], index: number): string {
  const step = steps[index];
  if (!step) return '';
  const { event, callState, flow } = step;
  return [event, callState, flow?.state ?? '', ...detailsText(step, steps[index - 1])]
    .join('\n')
    .toLowerCase();
}
