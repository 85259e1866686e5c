import type { ChartEdge, ChartState } from './chart-model.ts';
import type { FlowTag } from './flow-traits.ts';
import { relativeName } from './jumps.ts';
import type { Paint, PartPaint } from './paint.ts';
import { textWidth, wrapText } from './text-metrics.ts';
import { labelRuns, noteRuns, type Run, runsWidth, shorten } from './words.ts';

/** Type sizes in pixels. */
export const TYPE = { title: 15, name: 13, text: 11, label: 11, chip: 10 };
export const LINE_HEIGHT = { title: 21, name: 18, text: 14.5, label: 14, chip: 18 };

const PADDING = { x: 12, top: 7, bottom: 10 };
const TEXT_WIDTH = { leaf: 200, container: 330, root: 640 };
const GAP = 5;
const INDENT = 12;
const CHIP = { padding: 6, gap: 5 };
/** Characters of a line said that are shown: enough to know it by. */
const SHOWN_OF_LINE = 110;

export interface TextLine {
  style: 'title' | 'name' | 'description' | 'says' | 'invoke' | 'note' | 'jump' | 'trigger';
  runs: readonly Run[];
  /** Baseline, from the box's own corner. */
  x: number;
  y: number;
  transitions: readonly string[];
}

/** A short word in a frame: what is particular to a state, or how it is painted. */
export interface Chip {
  kind: FlowTag['kind'] | 'part' | 'paint';
  text: string;
  /** Upper left corner, from the box's own. */
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The words in a state's box, set in lines, and the room they need. */
export interface BoxText {
  lines: readonly TextLine[];
  chips: readonly Chip[];
  width: number;
  height: number;
}

export type BoxRole = 'root' | 'container' | 'leaf';

/** Sets a state's name, its description and all that happens to it without an arrow. `jumps` are its far transitions. */
export function setBoxText(
  state: ChartState,
  role: BoxRole,
  jumps: readonly ChartEdge[],
  paint: Paint,
): BoxText {
  const box = new BoxSetting(role);
  box.name(state.name, paint.states.get(state.id));
  box.text('description', state.description);
  if (state.traits?.says) {
    box.gap();
    box.text('says', `“${shorten(state.traits.says, SHOWN_OF_LINE)}”`);
  }
  box.chips(chipsOf(state));

  if (state.invokes.length + state.notes.length + jumps.length > 0) box.gap();
  for (const invoked of state.invokes) box.line('invoke', [plainRun(`▸ ${invoked}`)]);
  for (const note of state.notes) box.wrapped('note', noteRuns(note, paint), note.transitions);
  for (const jump of jumps) {
    box.line('jump', [plainRun(`→ ${relativeName(state.id, jump.to)}`)], jump.transitions);
    for (const [index, label] of jump.labels.entries()) {
      const id = jump.transitions[index]!;
      box.line('trigger', labelRuns(label, id, paint), [id], INDENT);
    }
  }
  return box.done();
}

type WantedChip = Pick<Chip, 'kind' | 'text'>;

function chipsOf({ traits }: ChartState): WantedChip[] {
  if (!traits) return [];
  const part: WantedChip[] = traits.subflow ? [{ kind: 'part', text: `sub-flow: ${traits.subflow}` }] : [];
  return [...part, ...traits.tags];
}

/** A box as it is being set: each line goes under the one before. */
class BoxSetting {
  readonly #role: BoxRole;
  readonly #lines: TextLine[] = [];
  readonly #chips: Chip[] = [];
  #width = 0;
  #y = PADDING.top;

  constructor(role: BoxRole) {
    this.#role = role;
  }

  name(name: string, painted: PartPaint | undefined): void {
    const style = this.#role === 'root' ? 'title' : 'name';
    this.line(style, [plainRun(name)]);
    if (!painted?.tag) return;
    const x = textWidth(name, TYPE[style], true) + 2 * CHIP.gap;
    this.#chip({ kind: 'paint', text: painted.tag }, x, this.#y - LINE_HEIGHT[style] + 3);
  }

  text(style: TextLine['style'], text: string): void {
    for (const line of wrapText(text, TYPE.text, TEXT_WIDTH[this.#role])) this.line(style, [plainRun(line)]);
  }

  gap(): void {
    this.#y += GAP;
  }

  line(
    style: TextLine['style'],
    runs: readonly Run[],
    transitions: readonly string[] = [],
    indent = 0,
  ): void {
    const size = style === 'title' || style === 'name' ? style : 'text';
    this.#y += LINE_HEIGHT[size];
    const y = this.#y - LINE_HEIGHT[size] * 0.28;
    this.#lines.push({ style, runs, x: PADDING.x + indent, y, transitions });
    const bold = size !== 'text' || style === 'jump';
    this.#width = Math.max(this.#width, indent + runsWidth(runs, TYPE[size], bold));
  }

  /** Breaks between runs, and within those of plain words. */
  wrapped(style: TextLine['style'], runs: readonly Run[], transitions: readonly string[]): void {
    const limit = TEXT_WIDTH[this.#role];
    let line: Run[] = [];
    let indent = 0;
    for (const run of runs.flatMap(splitRun)) {
      if (line.length > 1 && runsWidth([...line, run], TYPE.text) + indent > limit) {
        this.line(style, line, transitions, indent);
        line = [];
        indent = INDENT;
      }
      line.push(run);
    }
    this.line(style, line, transitions, indent);
  }

  /** Side by side, as many as fit. */
  chips(wanted: readonly WantedChip[]): void {
    if (wanted.length === 0) return;
    this.gap();
    let x = 0;
    for (const chip of wanted) {
      const width = chipWidth(chip.text);
      if (x > 0 && x + width > Math.max(TEXT_WIDTH[this.#role], this.#width)) {
        x = 0;
        this.#y += LINE_HEIGHT.chip;
      }
      this.#chip(chip, x, this.#y);
      x += width + CHIP.gap;
    }
    this.#y += LINE_HEIGHT.chip;
  }

  done(): BoxText {
    return {
      lines: this.#lines,
      chips: this.#chips,
      width: Math.ceil(this.#width + 2 * PADDING.x),
      height: Math.ceil(this.#y + PADDING.bottom),
    };
  }

  #chip({ kind, text }: WantedChip, x: number, y: number): void {
    const width = chipWidth(text, kind === 'paint');
    this.#chips.push({ kind, text, x: PADDING.x + x, y, width, height: LINE_HEIGHT.chip - 4 });
    this.#width = Math.max(this.#width, x + width);
  }
}

export function chipWidth(text: string, bold = false): number {
  return textWidth(text, TYPE.chip, bold) + 2 * CHIP.padding;
}

function plainRun(text: string): Run {
  return { style: 'plain', text, look: null };
}

function splitRun(run: Run): Run[] {
  return run.style === 'plain' || run.style === 'guard'
    ? run.text.split(' ').map(text => ({ ...run, text }))
    : [run];
}
