import type { AnyStateMachine } from 'xstate';
import type { Facts, FlowEvent } from '../../machines/flow.ts';
import type { FlowView } from '../../machines/flow-view.ts';
import {
  type Basis,
  type CallComparison,
  type ComparedBeat,
  type Difference,
  differencesOf,
  effectOf,
  endingOf,
  isHeard,
  partingOf,
  sideOf,
} from './comparison.ts';
import { EditedFlow } from './edited-flow.ts';
import type { Beat, Story, Words } from './story.ts';
import { understand, understandAlike } from './understanding.ts';

/** Tools in a row that lead to each other; a flow that wants more is going in circles. */
const MAX_TOOLS = 8;

type Of<Kind extends Beat['kind']> = Extract<Beat, { kind: Kind }>;
type ToAdd = Pick<ComparedBeat, 'was' | 'basis' | 'remark'> & {
  line?: string | null;
  choice?: string | null;
  asksAgain?: ComparedBeat['asksAgain'];
  thenOpen?: boolean | null;
  understoodOtherwise?: boolean;
};

/**
 * Takes a recorded caller through an edited flow. As long as both flows are the same where the call comes to, the
 * recording proves what happens. From where they part it is guessed, by these rules:
 *
 * 1. a choice that was made then is made again where it is still open; where its words would now choose otherwise by the
 *    scripted navigator, which then chose as was recorded, the navigator is believed;
 * 2. where it is not open, the scripted navigator chooses from the words that the caller really said;
 * 3. a tool answers what it answered in the call for the same input;
 * 4. where nothing fits, nobody knows, and it is said so.
 */
export function compareCall(story: Story, edited: AnyStateMachine): CallComparison {
  return new Comparison(story, edited).run();
}

class Comparison {
  readonly #story: Story;
  readonly #flow: EditedFlow;
  readonly #beats: ComparedBeat[] = [];
  readonly #closed: { state: string; choice: string }[] = [];
  /** Turns whose words the navigator has used up. */
  readonly #understood = new Set<number>();
  /** Of the beats. */
  #partedAt: number | null = null;
  #isAssumed = false;
  #ended: 'hangUp' | 'transfer' | null = null;
  #unknown: CallComparison['unknown'] = null;

  constructor(story: Story, edited: AnyStateMachine) {
    this.#story = story;
    this.#flow = new EditedFlow(edited, story.call.start.language, story.tools);
  }

  run(): CallComparison {
    const { opening, beats } = this.#story;
    this.#add({ kind: 'opening', seq: 0, atMs: 0, turn: 1, after: opening }, this.#fact(opening, null));
    this.#noteEnd(opening, false);
    for (const beat of beats) {
      this.#settleTool(beat, beat.before);
      if (this.#isOver) this.#addMissed(beat);
      else this.#try(beat, () => this.#meet(beat));
      this.#noteEnd(beat.after, beat.interrupted);
    }
    const last = beats.at(-1);
    const was = last?.after ?? opening;
    this.#settleTool(last ?? { seq: 0, atMs: 0, turn: 1 }, was);
    return this.#result(was);
  }

  get #isOver(): boolean {
    return this.#unknown !== null || this.#ended !== null;
  }

  get #hasParted(): boolean {
    return this.#partedAt !== null;
  }

  get #basis(): Basis {
    return this.#hasParted || this.#isAssumed ? 'recorded' : 'fact';
  }

  #meet(beat: Beat): void {
    switch (beat.kind) {
      case 'choice':
        this.#meetChoice(beat);
        return;
      case 'noChoice':
        this.#meetNoChoice(beat);
        return;
      case 'tool':
        this.#meetTool(beat);
        return;
      case 'transferFailed':
        if (!this.#hasParted || this.#flow.view.afterwards === 'transfer') this.#follow(beat);
        else this.#pass(beat, 'The caller is not passed on here.');
        return;
    }
  }

  #meetChoice(beat: Of<'choice'>): void {
    const { event, words, before, after } = beat;
    const facts = factsOf(event);
    const was = sideOf(after, event.type);
    const thenOpen = this.#flow.isOpen(event.type);
    if (!thenOpen) this.#closed.push({ state: this.#flow.view.state, choice: event.type });

    const isAlike = understandAlike(before.choices, this.#flow.view.choices);
    if (thenOpen && (isAlike || this.#flow.mayTake(event.type, facts))) {
      const other = beat.isFirstOfTurn && words ? this.#otherUnderstanding(words, before, event.type) : null;
      if (other) this.#takeUnderstood(beat, { ...other, was, thenOpen: true });
      else {
        const basis = this.#basis;
        this.#flow.take(event);
        this.#add(beat, { was, basis, choice: event.type, thenOpen: true, remark: null });
      }
      return;
    }
    if (!words || this.#understood.has(beat.turn)) {
      this.#pass(beat, `${event.type} is not open here, and its words were used before.`, thenOpen);
      return;
    }
    const understood = understand(words, this.#flow.view.choices);
    const why = thenOpen ? 'does not take these facts' : 'is not open here';
    if (understood.chosen !== null)
      this.#takeUnderstood(beat, { ...understood, was, thenOpen, because: `${event.type} ${why}.` });
    else
      this.#notUnderstood(beat, was, `${event.type} ${why}, and nothing else fits “${words.text}”`, thenOpen);
  }

  #meetNoChoice(beat: Of<'noChoice'>): void {
    const { words, before, misunderstood } = beat;
    const other = this.#otherUnderstanding(words, before, null);
    const line = misunderstood ? before.ask : null;
    const was = sideOf(before, null, line);
    if (other && other.chosen !== null) {
      this.#takeUnderstood(beat, { ...other, was, thenOpen: null });
      return;
    }
    const view = this.#flow.view;
    this.#add(beat, {
      was,
      basis: this.#basis,
      line: misunderstood ? view.ask : null,
      asksAgain: { was: misunderstood, would: misunderstood },
      remark: misunderstood ? null : 'A language model answered without a choice.',
    });
  }

  #meetTool(beat: Of<'tool'>): void {
    const { event, request, before } = beat;
    const { view } = this.#flow;
    const isAwaited = request
      ? this.#flow.waitsFor(request)
      : 'tool' in event && view.tool?.name === event.tool;
    const isModels = 'tool' in event && before.tool?.name !== event.tool && view.tools.includes(event.tool);
    if (this.#hasParted && !isAwaited && !isModels) {
      this.#pass(beat, `${'tool' in event ? event.tool : 'The tool'} is not asked here.`);
      return;
    }
    // The edited flow may have asked before, and have been given the first answer then.
    const answer = (isAwaited && this.#flow.nextResult()) || event;
    if (request) this.#flow.noteUsed(request);
    this.#follow(beat, answer);
  }

  /**
   * What the navigator makes of words in the edited flow, where that is something else than it made of them then, and
   * then it made of them what was recorded. Null: what was recorded stands.
   */
  #otherUnderstanding(words: Words, before: FlowView, recorded: string | null) {
    const { choices } = this.#flow.view;
    if (understandAlike(before.choices, choices)) return null;
    if (!this.#hasParted) this.#isAssumed = true;
    const then = understand(words, before.choices);
    const now = understand(words, choices);
    return then.chosen === recorded && now.chosen !== recorded ? now : null;
  }

  #takeUnderstood(
    beat: Of<'choice' | 'noChoice'>,
    {
      was,
      thenOpen,
      because,
      ...understood
    }: ReturnType<typeof understand> & Pick<ToAdd, 'was' | 'thenOpen'> & { because?: string },
  ): void {
    this.#understood.add(beat.turn);
    if (understood.chosen === null) {
      const unsure = understood.why === 'unsure' ? 'fits several choices' : 'fits no choice';
      this.#notUnderstood(beat, was, `“${beat.words?.text}” now ${unsure}`, thenOpen ?? null);
      return;
    }
    const { chosen, facts, score } = understood;
    this.#flow.take({ type: chosen as `caller.${string}`, facts });
    const remark = `${because ? `${because} ` : ''}The navigator takes ${chosen} (${score.toFixed(2)}).`;
    this.#add(beat, {
      was,
      basis: 'navigator',
      choice: chosen,
      thenOpen: thenOpen ?? null,
      understoodOtherwise: true,
      remark,
    });
  }

  #notUnderstood(beat: Beat, was: ToAdd['was'], why: string, thenOpen: boolean | null): void {
    const { state, ask, tool } = this.#flow.view;
    // Words into the wait for a tool that the flow does not understand change nothing: the tool leads on.
    if (tool) {
      this.#pass(beat, `${why}.`, thenOpen);
      return;
    }
    this.#add(beat, {
      was,
      basis: 'navigator',
      line: ask,
      asksAgain: { was: false, would: true },
      thenOpen,
      understoodOtherwise: true,
      remark: `${why}: the flow asks again.`,
    });
    this.#unknown = { state, why: `${why}: the flow asks again, and nobody knows the answer.` };
  }

  /** The edited flow is told what the recorded one was, or the like. */
  #follow(beat: Of<'tool' | 'transferFailed'>, event = beat.event): void {
    const basis = this.#basis;
    this.#flow.take(event);
    this.#add(beat, { was: sideOf(beat.after, null), basis, remark: null });
  }

  /** What happened then does not happen in the edited flow. */
  #pass(beat: Beat, remark: string, thenOpen: boolean | null = null): void {
    const choice = beat.kind === 'choice' ? beat.event.type : null;
    this.#add(beat, { was: sideOf(beat.after, choice), basis: 'recorded', line: null, thenOpen, remark });
  }

  #addMissed(beat: Beat, differs: readonly Difference[] = []): void {
    const choice = beat.kind === 'choice' ? beat.event.type : null;
    const line = beat.kind === 'noChoice' ? (beat.misunderstood ? beat.before.ask : null) : beat.after.say;
    const misunderstood = beat.kind === 'noChoice' && beat.misunderstood;
    this.#beats.push({
      ...placeOf(beat),
      was: sideOf(beat.after, choice, line),
      would: null,
      basis: this.#ended ? 'recorded' : 'unknown',
      asksAgain: { was: misunderstood, would: false },
      thenOpen: null,
      differs,
      remark: this.#ended && 'The edited flow has ended the call.',
    });
  }

  /** The edited flow waits for a tool where the recorded one did not: it is given what the tool said in this call. */
  #settleTool(at: Pick<Beat, 'seq' | 'atMs' | 'turn'> & Partial<Beat>, was: FlowView): void {
    if (!this.#hasParted || this.#isOver) return;
    if (at.kind === 'tool' && at.request && this.#flow.waitsFor(at.request)) return;
    for (let asked = 0; this.#flow.view.tool; asked++) {
      const { tool, state } = this.#flow.view;
      if (was.tool && this.#flow.waitsFor(was.tool)) return;
      const result = asked < MAX_TOOLS ? this.#flow.nextResult() : null;
      if (!result) {
        const wanted = `${tool.name} ${JSON.stringify(tool.input)}`;
        this.#unknown = { state, why: `the call holds no answer to ${wanted}.` };
        return;
      }
      this.#flow.noteUsed(tool);
      this.#try(null, () => this.#flow.take(result));
      if (this.#isOver) return;
      const { seq, atMs, turn } = at;
      const remark = `${tool.name} answers as it did in this call for the same input.`;
      this.#add({ kind: 'tool', seq, atMs, turn, after: null }, { was: null, basis: 'recorded', remark });
      this.#noteEnd(was, false);
    }
  }

  #fact(was: FlowView, choice: string | null): ToAdd {
    return { was: sideOf(was, choice), basis: 'fact', remark: null };
  }

  /** The edited flow leaves where the recorded one stayed. A caller who cut the agent off is still there. */
  #noteEnd(was: FlowView, interrupted: boolean): void {
    const { afterwards, tool } = this.#flow.view;
    if (
      this.#hasParted &&
      !this.#isOver &&
      afterwards &&
      !tool &&
      !interrupted &&
      afterwards !== was.afterwards
    )
      this.#ended = afterwards;
  }

  #try(beat: Beat | null, work: () => void): void {
    try {
      work();
    } catch (error) {
      const { state } = this.#flow.view;
      const message = error instanceof Error ? error.message : String(error);
      this.#unknown = { state, why: `the edited flow fails here: ${message}` };
      if (!beat) return;
      this.#partedAt ??= this.#beats.length;
      this.#addMissed(beat, ['fault']);
    }
  }

  #add(
    beat: Pick<Beat, 'seq' | 'atMs' | 'turn'> & {
      kind: ComparedBeat['kind'];
      after: FlowView | null;
      words?: Words | null;
    },
    { was, basis, remark, choice = null, understoodOtherwise = false, ...rest }: ToAdd,
  ): void {
    const { view } = this.#flow;
    const would = sideOf(view, choice, rest.line === undefined ? view.say : rest.line);
    const differs: Difference[] = beat.after ? differencesOf(beat.after, view) : ['tool'];
    if (understoodOtherwise) differs.push('understanding');
    if (was && was.line !== would.line && !differs.includes('line')) differs.push('line');
    this.#beats.push({
      ...placeOf(beat),
      was,
      would,
      basis,
      remark,
      differs,
      asksAgain: rest.asksAgain ?? { was: false, would: false },
      thenOpen: rest.thenOpen ?? null,
    });
    if (differs.length > 0) this.#partedAt ??= this.#beats.length - 1;
  }

  #result(was: FlowView): CallComparison {
    const { call, outcome, places } = this.#story;
    const { view } = this.#flow;
    const known = this.#unknown === null;
    const end = {
      was: { state: was.state, how: outcome },
      would: known ? endingOf(view, was, outcome, this.#ended) : { state: null, how: 'unknown' as const },
    };
    const turnsAt = this.#beats.findIndex(isHeard);
    return {
      call: call.start,
      beats: this.#beats,
      places,
      parting: this.#partedAt === null ? null : partingOf(this.#beats.slice(this.#partedAt)),
      turning: turnsAt < 0 ? null : partingOf(this.#beats.slice(turnsAt)),
      effect: effectOf(this.#beats, end),
      isAssumed: this.#isAssumed && !this.#hasParted,
      end,
      facts: { was: was.facts, would: known ? view.facts : null },
      closed: this.#closed,
      unknown: this.#unknown,
    };
  }
}

function placeOf(beat: {
  kind: ComparedBeat['kind'];
  seq: number;
  atMs: number;
  turn: number;
  words?: Words | null;
}): Pick<ComparedBeat, 'kind' | 'seq' | 'atMs' | 'turn' | 'words' | 'by'> {
  const { kind, seq, atMs, turn, words } = beat;
  return { kind, seq, atMs, turn, words: words?.text ?? null, by: words?.by ?? null };
}

function factsOf(event: FlowEvent): Facts {
  return 'facts' in event ? event.facts : {};
}
