import { beforeAll, describe, expect, test } from 'vitest';
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode } from 'xstate';
import { spokenWays } from '../../../machines/expected-phrases.ts';
import { choicesBy, type FlowChoice, flowInfo, viewFlow } from '../../../machines/flow-view.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { checkFlows } from '../../../src/check/check-flow.ts';
import { embeddedDictionary } from '../../../src/check/embedded-dictionary.ts';
import { readFlowTexts } from '../../../src/check/flow-texts.ts';
import { loadFlow } from '../../../src/flows/flows.ts';
import { defaultFlowFolder } from '../../../src/flows/folder.ts';
import { choose } from '../../../src/providers/embedded/navigator/match.ts';
import { coverageOf } from '../../../src/scenarios/coverage.ts';
import { runSuite } from '../../../src/scenarios/suite.ts';
import { openTools } from '../../../src/tools/index.ts';
import { after, reachable, type ToolAnswers } from './sound-flows.ts';

const slot = { day: 'tuesday', partOfDay: 'morning', time: '8:45 AM' };

/** Of every kind that the tools of a flow give. */
const flows: Record<string, ToolAnswers> = {
  'appointment-booking': {
    findFreeSlot: [
      { found: true, hasOther: false, ...slot },
      { found: false, hasOther: true, ...slot },
      { found: false, hasOther: false },
    ],
    bookAppointment: [{ booked: true }, { booked: false }],
    findAppointment: [
      { found: true, bookedReason: 'a checkup', bookedDay: 'Tuesday', bookedTime: '11:30 AM' },
      { found: false },
    ],
    moveAppointment: [{ moved: true }, { moved: false }],
    cancelAppointment: [{ cancelled: true }],
  },
  'tech-support': {
    testLine: [
      { condition: 'good' },
      { condition: 'weak' },
      { condition: 'unknown' },
      { condition: 'outage', repairedBy: 'noon tomorrow' },
    ],
    findAdvice: [{ advice: 'Move the box.' }],
    noteCallBack: [{ noted: true }],
  },
  'payment-reminder': {
    verifyPerson: [
      { verified: true, accountNumber: '700412' },
      { verified: false, mayTryAgain: true },
      { verified: false, mayTryAgain: false },
    ],
    lookUpBalance: [{ owes: true, amount: '$128.40', dueDate: '2026-11-05' }, { owes: false }],
    notePaymentPromise: [{ noted: true }],
    noteDoNotCall: [{ noted: true }],
  },
  'opening-hours': {},
};

describe.each(Object.keys(flows))('the flow %s', name => {
  let machine: AnyStateMachine;
  let snapshots: AnyMachineSnapshot[];
  let languages: readonly string[];

  beforeAll(async () => {
    ({ machine } = await loadFlow(name));
    snapshots = reachable(machine, flows[name] as ToolAnswers);
    languages = flowInfo(machine).languages;
  });

  const stateOf = (snapshot: AnyMachineSnapshot) => viewFlow(snapshot, 'en').state;

  test('has no state that no caller can reach', () => {
    const leaves = nodesOf(machine.root).filter(node => node.type === 'atomic');

    expect([...new Set(snapshots.map(stateOf))].sort()).toEqual(
      leaves.map(node => node.path.join('.')).sort(),
    );
  });

  test('passes the caller to a person, takes leave and helps from everywhere, and repeats itself without moving', () => {
    for (const snapshot of snapshots) {
      const next = (event: `caller.${string}`) =>
        viewFlow(after(machine, snapshot, { type: event, facts: {} }), 'en');

      expect(next('caller.wantsPerson').afterwards).toBe('transfer');
      expect(next('caller.saysGoodbye').afterwards).toBe('hangUp');
      expect(next('caller.asksForHelp').state).toBe('helping');
      expect(next('caller.wantsRepeat').state).toBe(stateOf(snapshot));
    }
  });

  test('says something in each language wherever it comes, with every fact in its place', () => {
    for (const language of languages)
      for (const snapshot of snapshots) {
        const { say, ask, state } = viewFlow(snapshot, language);

        for (const line of [say, ask])
          expect(line, `${state} in ${language}`).toMatch(/^[A-Z¿¡$\d].*[.!?]$|^[a-z]+,/);
        expect(`${say}${ask}`, `${state} in ${language}`).not.toMatch(/[{}]|undefined| {2}| [,.?!]/);
      }
  });

  test('understands each of its phrases, in each language, as what it is written for', () => {
    const missed = new Set<string>();
    const seen = new Set<FlowChoice>();
    for (const language of languages)
      for (const snapshot of snapshots) {
        const { choices, state } = viewFlow(snapshot, language);
        for (const choice of choicesBy(choices, 'voice').filter(choice => !seen.has(choice))) {
          // Which choices are open beside it differs; those that could be mistaken for it are found by the check.
          seen.add(choice);
          for (const { text } of spokenWays(choice)) {
            const said = text.replace(/\{(\w+)\}/g, (_, fact: string) => sampleOf(choice.slots[fact]));
            const match = choose(said, 'voice', 1, choices);
            if (match.outcome !== 'chosen' || match.event !== choice.event)
              missed.add(`${state} in ${language}: “${said}” is ${match.outcome}, not ${choice.event}`);
          }
        }
      }

    expect([...missed]).toEqual([]);
  });

  test('describes every state and every transition', () => {
    const nodes = nodesOf(machine.root);
    const transitions = nodes.flatMap(node => [...node.transitions.values()].flat());

    expect(nodes.filter(node => !node.description).map(node => node.id)).toEqual([]);
    expect(transitions.filter(each => !each.description).map(each => each.eventType)).toEqual([]);
  });
});

test.each(Object.keys(flows))('scenarios come through every state and every transition of %s', async name => {
  const flow = await loadFlow(name);
  const hear = () => Promise.reject(new Error('No scenario here has a recording.'));
  const [played] = await runSuite({ flows: [flow], grep: null, repeat: 1, model: null, judge: null, hear });
  const { states, transitions } = coverageOf(flow.machine, played!.coverage);

  expect([...states, ...transitions].filter(({ hits }) => hits === 0)).toEqual([]);
});

test('a check of all flows and parts finds nothing to mend, not even a hint', async () => {
  const texts = await readFlowTexts(defaultFlowFolder());
  const found = await checkFlows(texts, {
    tools: openTools({ clock: systemClock, toolDelayMs: 0 }),
    findUnknownWords: embeddedDictionary(),
  });

  expect(texts.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(flows)));
  expect(found.flat()).toEqual([]);
});

test('nobody hears of a debt before the customer is verified', async () => {
  const { machine } = await loadFlow('payment-reminder');
  const before = reachable(machine, flows['payment-reminder'] as ToolAnswers)
    .filter(snapshot => !('accountNumber' in snapshot.context.facts))
    .flatMap(snapshot => ['en', 'es'].flatMap(language => viewFlow(snapshot, language)));

  expect(before.length).toBeGreaterThan(20);
  expect(
    before
      .filter(({ say, ask }) => /debt|owe|pay|bill|deuda|debe|pag|factura|\$/i.test(`${say} ${ask}`))
      .map(({ state }) => state),
  ).toEqual([]);
});

function sampleOf(slot: { type: string; length?: number } | undefined): string {
  return slot?.type === 'digits' ? '1234567890'.slice(0, slot.length ?? 4) : 'ann lee';
}

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)];
}
