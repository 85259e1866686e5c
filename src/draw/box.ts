import { type ChartEdge, type ChartState, type EdgeLabel, labelText, type StateNote } from './chart-model.ts';
import { relativeName } from './jumps.ts';
import { textWidth, wrapText } from './text-metrics.ts';

/** Type sizes in pixels. */
export const TYPE = { title: 15, name: 13, text: 11, label: 11 };
export const LINE_HEIGHT = { title: 21, name: 18, text: 14.5, label: 14 };

const PADDING = { x: 12, top: 7, bottom: 10 };
const TEXT_WIDTH = { leaf: 190, container: 330, root: 640 };
const GAP = 5;
const INDENT = 12;

export interface TextLine {
  style: 'title' | 'name' | 'description' | 'invoke' | 'note' | 'jump' | 'trigger';
  text: string;
  /** For a trigger: its parts, which are told apart by colour. */
  label?: EdgeLabel;
  /** Baseline, from the box's own corner. */
  x: number;
  y: number;
  transitions: readonly string[];
}

/** The words in a state's box, set in lines, and the room they need. */
export interface BoxText {
  lines: readonly TextLine[];
  width: number;
  height: number;
}

export type BoxRole = 'root' | 'container' | 'leaf';

const NOTE_SIGN: Record<StateNote['kind'], string> = { again: '↻', does: '·', ignores: '∅' };

/** Sets a state's name, its description and all that happens to it without an arrow. `jumps` are its far transitions. */
export function setBoxText(state: ChartState, role: BoxRole, jumps: readonly ChartEdge[]): BoxText {
  const lines: TextLine[] = [];
  let y = PADDING.top;
  let width = 0;

  const add = (style: TextLine['style'], text: string, more: Partial<TextLine> = {}, indent = 0) => {
    const size = style === 'title' || style === 'name' ? style : 'text';
    y += LINE_HEIGHT[size];
    const x = PADDING.x + indent;
    lines.push({ style, text, x, y: y - LINE_HEIGHT[size] * 0.28, transitions: [], ...more });
    const bold = size !== 'text' || style === 'jump';
    width = Math.max(width, indent + textWidth(text, TYPE[size], bold));
  };
  const addNote = ({ kind, text, transitions }: StateNote) => {
    for (const [index, line] of wrapText(text, TYPE.text, TEXT_WIDTH[role]).entries()) {
      if (index === 0) add('note', `${NOTE_SIGN[kind]} ${line}`, { transitions });
      else add('note', line, { transitions }, INDENT);
    }
  };

  add(role === 'root' ? 'title' : 'name', state.name);
  for (const line of wrapText(state.description, TYPE.text, TEXT_WIDTH[role])) add('description', line);
  if (state.invokes.length + state.notes.length + jumps.length > 0) y += GAP;
  for (const invoked of state.invokes) add('invoke', `▸ ${invoked}`);
  for (const note of state.notes) addNote(note);
  for (const jump of jumps) {
    add('jump', `→ ${relativeName(state.id, jump.to)}`, { transitions: jump.transitions });
    for (const [index, label] of jump.labels.entries()) {
      add('trigger', labelText(label), { label, transitions: [jump.transitions[index]!] }, INDENT);
    }
  }

  return { lines, width: Math.ceil(width + 2 * PADDING.x), height: Math.ceil(y + PADDING.bottom) };
}
