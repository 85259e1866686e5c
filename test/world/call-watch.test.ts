import { expect, it } from 'vitest';
import type { Call } from '../../runtime/call.ts';
import { CallLog } from '../../runtime/call-log.ts';
import { SimulatedClock } from '../../runtime/clock.ts';
import { CallWatch, type Violation } from './call-watch.ts';
import { audioAt } from './position-audio.ts';
import { Tally } from './tally.ts';

function watched() {
  const clock = new SimulatedClock();
  const found: Violation[] = [];
  const watch = new CallWatch('CA0', {
    clock,
    longestSilenceMs: 3_000,
    troubleUntilMs: () => 0,
    violated: violation => found.push(violation),
    story: null,
    tally: new Tally(),
  });
  watch.streamBegan('MZ0');
  const call = (floor: string) =>
    ({
      start: { callId: 'call-0' },
      log: new CallLog(clock),
      line: { floor, isAttached: true },
    }) as unknown as Call;
  const hears = (first: number, from: number, speaker: string) =>
    watch.audio(Buffer.from(audioAt(first, from, 160)), speaker, clock.now() + 20, () => {});
  /** A sentence of 3,200 bytes, marked after every frame; `hasEcho`: of the frame that begins at a byte. Returns its first word. */
  const hearsMarked = (hasEcho: (from: number) => boolean) => {
    const { first } = watch.spoken('One two three.', 3_200, 'node-1');
    for (let from = 0; from < 3_200; from += 160) {
      hears(first, from, 'node-1');
      const echoed = watch.audioMarked();
      if (hasEcho(from)) echoed();
    }
    return first;
  };
  return { watch, call, hears, hearsMarked, rules: () => found.map(({ rule }) => rule) };
}

it('finds audio of whoever had the call before, once another has been heard', () => {
  const { watch, call, hears, rules } = watched();
  watch.follow(call('speaking'), 'node-1');
  const one = watch.spoken('One.', 320, 'node-1');
  hears(one.first, 0, 'node-1');
  watch.follow(call('speaking'), 'node-2');
  hears(one.first, 160, 'node-2');
  expect(rules()).toEqual([]);
  const two = watch.spoken('Two.', 320, 'node-1');
  hears(two.first, 0, 'node-1');
  expect(rules()).toEqual(['oneOwner']);
});

it('takes for the owner whom the records say, of two that claimed a call at the same time', () => {
  const { watch, call, hears, rules } = watched();
  watch.follow(call('speaking'), 'node-2');
  watch.follow(call('speaking'), 'node-1');
  const [one, two] = [watch.spoken('One.', 320, 'node-1'), watch.spoken('Two.', 320, 'node-2')];
  hears(one.first, 0, 'node-1');
  watch.abandoned('node-1');
  expect(rules()).toEqual([]);
  hears(one.first, 160, 'node-1');
  hears(two.first, 0, 'node-2');
  expect(rules()).toEqual([]);
  hears(two.first, 160, 'node-1');
  expect(rules()).toEqual(['oneOwner']);
});

it.each(['listening', 'bargingIn', 'waitingForMore', 'speculating', 'onHold'])(
  'finds a frame that leaves while the floor is %s',
  floor => {
    const { watch, call, rules } = watched();
    watch.frameLeaves(call('speaking'));
    expect(rules()).toEqual([]);
    watch.frameLeaves(call(floor));
    expect(rules()).toEqual(['silentAfterBargeIn']);
  },
);

it.each([
  ['is missing', [0, 320]],
  ['comes twice', [0, 160, 160]],
])('finds a frame that %s', (_, froms) => {
  const { watch, hears, rules } = watched();
  const { first } = watch.spoken('One two three.', 480, 'node-1');
  for (const from of froms) hears(first, from, 'node-1');
  expect(rules()).toEqual(['wholeAudio']);
});

it('finds a sentence that is left out, unless it was cut', () => {
  for (const isCut of [true, false]) {
    const { watch, hears, rules } = watched();
    const [one, two, three] = ['One.', 'Two.', 'Three.'].map(text => watch.spoken(text, 160, 'node-1'));
    hears(one?.first ?? 0, 0, 'node-1');
    if (isCut) two?.cut();
    hears(three?.first ?? 0, 0, 'node-1');
    expect(rules()).toEqual(isCut ? [] : ['wholeAudio']);
  }
});

it('misses nothing of what somebody says who has lost the call and does not know it', () => {
  const { watch, call, hears, rules } = watched();
  watch.follow(call('speaking'), 'node-1');
  hears(watch.spoken('One.', 160, 'node-1').first, 0, 'node-1');
  watch.follow(call('speaking'), 'node-2');
  watch.spoken('Two.', 160, 'node-1');
  hears(watch.spoken('Three.', 160, 'node-2').first, 0, 'node-2');
  expect(rules()).toEqual([]);
});

it.each([
  ['may hear again what the carrier has not acknowledged', false],
  ['finds what is heard again although it was acknowledged', true],
])('%s', (_, isAcknowledged) => {
  const { watch, call, hears, hearsMarked, rules } = watched();
  watch.follow(call('speaking'), 'node-1');
  const first = hearsMarked(() => isAcknowledged);
  watch.follow(call('speaking'), 'node-2');
  watch.streamBegan('MZ1');
  hears(first, 0, 'node-2');
  expect(rules()).toEqual(isAcknowledged ? ['wholeAudio'] : []);
});

it('may hear again all that came after the latest acknowledged mark, however much that is', () => {
  const { watch, call, hears, hearsMarked, rules } = watched();
  watch.follow(call('speaking'), 'node-1');
  const first = hearsMarked(from => from < 320);
  watch.follow(call('speaking'), 'node-2');
  watch.streamBegan('MZ1');
  hears(first, 320, 'node-2');
  expect(rules()).toEqual([]);
});

it('may hear again what was acknowledged while nobody had the call', () => {
  const { watch, call, hears, hearsMarked, rules } = watched();
  watch.follow(call('speaking'), 'node-1');
  watch.released('node-1');
  const first = hearsMarked(() => true);
  watch.streamEnded('1001');
  watch.streamBegan('MZ1');
  watch.follow(call('speaking'), 'node-2');
  hears(first, 0, 'node-2');
  expect(rules()).toEqual([]);
});

it.each([
  ['may hear again, from a node that has the carrier forget what it holds, what was not acknowledged', true],
  ['finds what is heard again from a node that comes without a word', false],
])('%s', (_, clears) => {
  const { watch, call, hears, rules } = watched();
  watch.follow(call('speaking'), 'node-1');
  const { first } = watch.spoken('One two three.', 3_200, 'node-1');
  for (let from = 0; from < 1_600; from += 160) hears(first, from, 'node-1');
  watch.released('node-1');
  watch.follow(call('speaking'), 'node-2');
  if (clears) watch.cleared();
  hears(first, 0, 'node-2');
  expect(rules()).toEqual(clears ? [] : ['wholeAudio']);
});

it.each([
  [
    'misses nothing of what went into a stream that had vanished, once the caller is welcomed back',
    'welcomeBack',
  ],
  ['finds what went into a stream that had vanished when the agent simply goes on', 'answer'],
] as const)('%s', (_, purpose) => {
  const { watch, call, hears, rules } = watched();
  const here = call('speaking');
  watch.follow(here, 'node-1');
  const { first } = watch.spoken('One two three.', 3_200, 'node-1');
  hears(first, 0, 'node-1');
  watch.streamEnded('vanished');
  here.log.note({ type: 'turn.heard', turn: 1, bytes: 0, text: '', interrupted: false });
  watch.streamBegan('MZ1');
  here.log.note({ type: 'turn.opened', turn: 2, purpose, utterances: [] });
  hears(watch.spoken('Four.', 160, 'node-1').first, 0, 'node-1');
  expect(rules()).toEqual(purpose === 'welcomeBack' ? [] : ['wholeAudio']);
});
