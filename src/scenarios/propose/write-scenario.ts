import { stringify } from 'yaml';
import { plainChoice } from '../moment.ts';
import { waysToSay } from '../phrases.ts';
import type { Move } from './moves.ts';
import type { Path } from './walk.ts';

/** A scenario as it is written into a file. */
export interface WrittenScenario {
  name: string;
  given?: Record<string, unknown>;
  steps: Record<string, unknown>[];
}

/** What becomes of the call once a state's line has been said. */
export interface StateLine {
  /** The agent hangs up, or passes the caller on. */
  endsCall: boolean;
  /** A tool works there; the flow does not stay. */
  leadsOn: boolean;
}

/** How much of a goodbye is heard before the caller cuts in. */
const WORDS_BEFORE_CUTTING_IN = 2;

/** The path as a scenario; `wording` chooses among the ways to say things. */
export function toScenario(
  name: string,
  { steps }: Path,
  { wording, lineOf }: { wording: number; lineOf: (state: string) => StateLine },
): WrittenScenario {
  const written: Record<string, unknown>[] = [];
  for (const step of steps) {
    const { move } = step;
    const action = actionOf(move, wording);
    const cutsIn = action !== null && lineOf(step.from).endsCall;
    // Who waits for what is expected waits until the call is over.
    if (cutsIn) delete written.at(-1)?.expect;
    if (action) written.push({ ...action, ...(cutsIn && { 'after words': WORDS_BEFORE_CUTTING_IN }) });
    if (!lineOf(step.to).leadsOn) expectFlow(written, step.to);
  }
  const given = givenFor(steps.map(({ move }) => move));
  return { name, ...(Object.keys(given).length > 0 && { given }), steps: written };
}

export function toYaml(scenarios: readonly WrittenScenario[]): string {
  return scenarios.map(scenario => stringify([scenario], { lineWidth: 110 })).join('\n');
}

function actionOf(move: Move, wording: number): Record<string, unknown> | null {
  if (move.kind === 'keys') return { keys: `${move.keys}#` };
  if (move.kind !== 'says') return null;
  const ways = waysToSay(move.choice, move.facts);
  const way = ways[Math.min(wording, ways.length - 1)];
  if (way !== undefined) return { caller: way };
  return { 'caller any of': plainChoice(move.choice.event), with: move.facts };
}

/** What the world must be like for the moves. Tools that answer so by themselves are run. */
function givenFor(moves: readonly Move[]): Record<string, unknown> {
  const tools = new Map<string, { isReal: boolean; answers: Record<string, unknown>[] }>();
  for (const move of moves) {
    if (move.kind !== 'toolAnswers' && move.kind !== 'toolFails') continue;
    const isReal = move.kind === 'toolAnswers' && move.isReal;
    const answer = move.kind === 'toolAnswers' ? { answers: move.answer } : { fails: 'no answer' };
    const known = tools.get(move.tool) ?? { isReal: true, answers: [] };
    tools.set(move.tool, { isReal: known.isReal && isReal, answers: [...known.answers, answer] });
  }
  const planned = [...tools].filter(([, { isReal }]) => !isReal);
  return {
    ...(planned.length > 0 && {
      tools: Object.fromEntries(
        planned.map(([tool, { answers }]) => [tool, answers.length === 1 ? answers[0] : answers]),
      ),
    }),
    ...(moves.some(({ kind }) => kind === 'nobodyTakesCall') && { transfer: 'fails' }),
  };
}

/** What the last words led to, with all that followed of itself. */
function expectFlow(written: Record<string, unknown>[], flow: string): void {
  const last = written.at(-1);
  if (last) last.expect = { flow };
  else written.push({ expect: { flow } });
}
