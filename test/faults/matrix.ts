import { toSpeakable } from '../../src/text/speakable.ts';
import { type CallStory, runCall } from './caller.ts';
import { type Cell, faultKinds, type Moment, moments, strike, type Target } from './cells.ts';
import { BYTES_PER_LETTER, openWorld, plantedKeys, type World } from './world.ts';

/** Calls at a time: two cores carry them. */
const AT_ONCE = 10;
/** Within a reply, where no other limit is given. */
const GAP_LIMIT_MS = 9_000;
/** Timers and sockets have this long, of the call's time, to go. */
const CLEARED_WITHIN_MS = 6_000;

export interface Verdict {
  cell: Cell;
  problems: string[];
  longestWaitMs: number;
  longestGapMs: number;
}

interface Limits {
  /** From the caller's last sound to any of the agent's. */
  waitMs: number;
  /** Of silence, from the end of the caller's turn to the end of the reply. */
  gapMs: number;
}

/** A whole call for every fault at every moment. */
export async function tryAll(
  targets: readonly Target[],
  waitMs: number,
  gapMs = GAP_LIMIT_MS,
): Promise<Verdict[]> {
  const cells = targets.flatMap(target =>
    faultKinds.flatMap(kind => moments.map(moment => ({ target, kind, moment }))),
  );
  const verdicts: Verdict[] = [];
  const waiting = [...cells];
  const worker = async () => {
    for (let cell = waiting.shift(); cell; cell = waiting.shift())
      verdicts.push(await tryCell(cell, { waitMs, gapMs }));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return verdicts;
}

async function tryCell(cell: Cell, limits: Limits): Promise<Verdict> {
  const world = await openWorld(cell.target.options);
  const story = await runCall(world, strike(world, cell));
  const struck = cell.target.emulator(world).nextFaults.length === 0;
  await world.close();
  const problems = [
    ...(struck ? [] : ['the fault never struck']),
    ...ending(story, world),
    ...waits(story, limits),
    ...repetitions(story),
    ...audio(story),
    ...naming(cell, story),
    ...secrets(story, world),
    ...(await remains(world)),
  ];
  const { longestWaitMs, longestGapMs } = story;
  return { cell, problems, longestWaitMs, longestGapMs };
}

function ending({ summary, state }: CallStory, { tools }: World): string[] {
  if (!summary) return ['there is no record'];
  const { outcome, facts } = summary;
  return [
    ...(outcome === 'completed' ? [] : [`ended as ${outcome} in ${state}`]),
    ...(facts.orderNumber === '1024' ? [] : [`order number ${facts.orderNumber}`]),
    ...(tools.runs === 1 ? [] : [`the tool ran ${tools.runs} times`]),
  ];
}

function waits({ longestWaitMs, longestGapMs }: CallStory, { waitMs, gapMs }: Limits): string[] {
  return [
    ...(longestWaitMs <= waitMs ? [] : [`silent for ${Math.round(longestWaitMs)} ms`]),
    ...(longestGapMs <= gapMs ? [] : [`silent for ${Math.round(longestGapMs)} ms within a reply`]),
  ];
}

/** No four words in a row twice in one turn. */
function repetitions({ summary }: CallStory): string[] {
  return (summary?.turns ?? []).flatMap(({ turn, agent }) => {
    const words = agent.generated.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
    const seen = new Set<string>();
    for (let at = 0; at + 4 <= words.length; at++) {
      const four = words.slice(at, at + 4).join(' ');
      if (seen.has(four)) return [`turn ${turn} says '${four}' twice`];
      seen.add(four);
    }
    return [];
  });
}

/** Each sentence is exactly as long as its letters, however many voices have spoken it. */
function audio({ entries, sentBytes }: CallStory): string[] {
  const lettersOf = new Map<number, Map<number, number>>();
  const brokenOff = new Set<number>();
  for (const entry of entries) {
    if (entry.kind === 'note' && entry.note.type === 'reply.sentence') {
      const { turn, index, text } = entry.note;
      const letters = lettersOf.get(turn) ?? new Map<number, number>();
      lettersOf.set(turn, letters.set(index, toSpeakable(text, 'en-US').length));
    } else if (entry.kind === 'event' && entry.event.type === 'reply.failed') brokenOff.add(entry.event.turn);
    else if (entry.kind === 'note' && entry.note.type === 'turn.heard' && entry.note.interrupted)
      brokenOff.add(entry.note.turn);
  }
  return [...sentBytes].flatMap(([turn, bytes]) => {
    const letters = [...(lettersOf.get(turn)?.values() ?? [])].reduce((sum, each) => sum + each, 0);
    const whole = letters * BYTES_PER_LETTER;
    if (bytes > whole) return [`turn ${turn} was spoken for ${bytes} bytes instead of ${whole}`];
    return bytes < whole && !brokenOff.has(turn) ? [`turn ${turn} lacks ${whole - bytes} bytes`] : [];
  });
}

const FAILURE =
  /No word from|; asking|nobody else|still being asked|failed|could not|Another socket|over HTTP instead/;
const ANSWER = /Answered by|the flow answers by itself/;

/** Whatever was struck is on record, and who stood in. Slowness is no failure. */
function naming({ target, kind }: Cell, { summary, entries }: CallStory): string[] {
  if (kind === 'drip') return [];
  const told = entries.flatMap(entry =>
    entry.kind === 'note' && entry.note.type === 'reply.explained' ? [entry.note.text] : [],
  );
  const recorded = summary?.turns.flatMap(turn => turn.explanations) ?? [];
  return [
    ...(told.some(text => target.namedAs.test(text) && FAILURE.test(text))
      ? []
      : ['nothing names what failed']),
    ...(recorded.some(text => ANSWER.test(text)) ? [] : ['nothing names who answered']),
  ];
}

function secrets({ written }: CallStory, { logged }: World): string[] {
  return Object.entries(plantedKeys).flatMap(([name, key]) => [
    ...(written.includes(key) ? [`the key of ${name} was written down`] : []),
    ...(logged.some(line => line.includes(key)) ? [`the key of ${name} was logged`] : []),
  ]);
}

async function remains({ clock, deepgram, azureSpeech }: World): Promise<string[]> {
  const sockets = () => deepgram.openSockets + azureSpeech.openSockets;
  const isClear = () => clock.pending === 0 && sockets() === 0;
  for (let waitedMs = 0; !isClear() && waitedMs < CLEARED_WITHIN_MS; waitedMs += 100) await clock.pass(100);
  return isClear() ? [] : [`${clock.pending} timers and ${sockets()} sockets are left`];
}

/** A row for each fault of each provider, a column for each moment, with the caller's longest wait and silence in it. */
export function tableOf(verdicts: readonly Verdict[]): string {
  const rows = new Map<string, Map<Moment, string>>();
  for (const { cell, problems, longestWaitMs, longestGapMs } of verdicts) {
    const key = `${cell.target.name.padEnd(26)}${cell.kind.padEnd(13)}`;
    const row = rows.get(key) ?? new Map<Moment, string>();
    const seconds = `${(longestWaitMs / 1_000).toFixed(1)} / ${(longestGapMs / 1_000).toFixed(1)} s`;
    rows.set(key, row.set(cell.moment, problems.length === 0 ? seconds : `${seconds} FAILED`));
  }
  const line = (head: string, columns: (moment: Moment) => string) =>
    head + moments.map(moment => columns(moment).padEnd(20)).join('');
  return [
    line(`${'provider'.padEnd(26)}${'fault'.padEnd(13)}`, moment => moment),
    ...[...rows].sort().map(([key, row]) => line(key, moment => row.get(moment) ?? '')),
  ].join('\n');
}

export function problemsOf(verdicts: readonly Verdict[]): string[] {
  return verdicts.flatMap(({ cell, problems }) =>
    problems.map(problem => `${cell.target.name}, ${cell.kind}, ${cell.moment}: ${problem}`),
  );
}
