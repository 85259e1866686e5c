import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { checkFile, checkFlow } from '../../../src/check/check-flow.ts';
import { embeddedDictionary } from '../../../src/check/embedded-dictionary.ts';
import type { Finding } from '../../../src/check/finding.ts';
import { readFlowText } from '../../../src/check/flow-text.ts';
import { readFlowTexts } from '../../../src/check/flow-texts.ts';
import { rules } from '../../../src/check/rules/index.ts';
import { defaultFlowFolder } from '../../../src/flows/folder.ts';
import { openTools } from '../../../src/tools/index.ts';
import { soundFlow, soundPart, soundTools } from './sound-flow.ts';

// biome-ignore lint/suspicious/noExplicitAny: a config is spoilt in ways that no type allows.
type Spoilt = any;

interface Fault {
  rule: string;
  /** Where it must be found: the state, and the event of the transition. */
  at: string;
  transition?: string;
  /** What follows from the fault as well. */
  also?: readonly string[];
  /** Spoils the flow, and the part it holds. */
  edit(flow: Spoilt, part: Spoilt): void;
}

const states = (flow: Spoilt) => flow.states;

/** One fault each, the first of its rule named after it. */
const faults: readonly Fault[] = [
  {
    rule: 'unknown-key',
    at: 'moved',
    edit: f => rename(states(f).moved.meta, 'say', 'sya'),
    also: ['nothing-to-say'],
  },
  {
    rule: 'unknown-key',
    at: 'choosing.confirming',
    transition: 'caller.agrees',
    edit: f => rename(agrees(f), 'target', 'traget'),
    also: ['inert-transition', 'unreachable-state'],
  },
  {
    rule: 'unknown-key',
    at: 'finding',
    transition: 'tool.succeeded',
    edit: f => rename(states(f).finding.on['tool.succeeded'][0], 'guard', 'cond'),
    also: ['shadowed-transition', 'unreachable-state'],
  },
  {
    rule: 'unknown-key',
    at: '',
    edit: f => rename(f.meta, 'facts', 'fact'),
    also: ['undeclared-fact', 'input-unknown-fact', 'unknown-fact-in-params'],
  },
  { rule: 'wrong-value', at: 'greeting', edit: f => set(states(f).greeting.meta, 'listen', 'digit') },
  { rule: 'wrong-value', at: '', edit: f => remove(f.meta.facts.doctor, 'description') },
  {
    rule: 'wrong-value',
    at: 'greeting',
    transition: 'caller.wantsToMove',
    edit: f => set(states(f).greeting.on['caller.wantsToMove'].meta, 'phrases', 'yes'),
    also: ['choice-without-phrases'],
  },
  { rule: 'no-room-for-facts', at: '', edit: f => set(f, 'context', { fact: {} }) },
  {
    rule: 'unknown-action',
    at: 'choosing',
    transition: 'caller.saysDay',
    edit: f => set(saysDay(f), 'actions', 'noteFact'),
    also: ['fact-not-kept', 'said-before-known', 'input-may-be-missing'],
  },
  {
    rule: 'unknown-guard',
    at: 'finding',
    transition: 'tool.succeeded',
    edit: f => set(states(f).finding.on['tool.succeeded'][0], 'guard', 'resultWas'),
  },
  {
    rule: 'unknown-actor',
    at: 'moved',
    edit: f => set(states(f).moved, 'invoke', { src: 'sendMail' }),
    also: ['no-actors'],
  },
  {
    rule: 'no-actors',
    at: 'moved',
    edit: f => set(states(f).moved, 'invoke', { src: 'sendMail' }),
    also: ['unknown-actor'],
  },
  {
    rule: 'unknown-delay',
    at: 'moved',
    edit: f => set(states(f).moved, 'after', { soon: 'goodbye' }),
    also: ['no-timers'],
  },
  { rule: 'no-timers', at: 'moved', edit: f => set(states(f).moved, 'after', { 5000: 'goodbye' }) },
  {
    rule: 'no-regions',
    at: 'choosing',
    edit: f => set(states(f).choosing, 'type', 'parallel'),
  },
  {
    rule: 'always-circle',
    at: 'moved',
    edit: f => {
      set(states(f).moved, 'always', [{ guard: knows('day'), target: 'failed' }]);
      set(states(f).failed, 'always', [{ guard: knows('day'), target: 'moved' }]);
    },
  },
  { rule: 'said-in-passing', at: 'moved', edit: f => set(states(f).moved, 'always', 'goodbye') },
  {
    rule: 'endless-tools',
    at: 'finding',
    edit: f => set(states(f).finding.on['tool.failed'], 'target', 'finding'),
  },
  {
    rule: 'endless-tools',
    at: 'transferring',
    edit: f => set(states(f).transferring.on['transfer.failed'], 'target', 'transferring'),
  },
  {
    rule: 'wrong-params',
    at: 'choosing.confirming',
    transition: 'caller.disagrees',
    edit: f => set(disagrees(f), 'actions', 'forgetFacts'),
  },
  {
    rule: 'wrong-params',
    at: 'finding',
    transition: 'tool.succeeded',
    edit: f => set(states(f).finding.on['tool.succeeded'][0], 'guard', { type: 'resultIs' }),
  },
  {
    rule: 'unknown-fact-in-params',
    at: 'choosing.confirming',
    transition: 'caller.disagrees',
    edit: f => set(disagrees(f), 'actions', [{ type: 'forgetFacts', params: { facts: ['days'] } }]),
  },
  {
    rule: 'unknown-fact-in-params',
    at: 'moved',
    transition: 'caller.isDone',
    edit: f =>
      set(states(f).moved.on['caller.isDone'], 'guard', {
        type: 'factIs',
        params: { fact: 'day', value: 'sunday' },
      }),
  },
  {
    rule: 'bad-target',
    at: 'moved',
    transition: 'caller.isDone',
    edit: f => set(states(f).moved.on['caller.isDone'], 'target', 'godbye'),
  },
  {
    rule: 'bad-target',
    at: 'choosing.confirming',
    transition: 'caller.agrees',
    edit: f => set(agrees(f), 'target', 'moving'),
    also: ['unreachable-state'],
  },
  {
    rule: 'bad-target',
    at: '',
    transition: 'caller.wantsPerson',
    edit: f => set(f.on['caller.wantsPerson'], 'target', 'transferring'),
  },
  {
    rule: 'bad-initial',
    at: 'choosing',
    edit: f => remove(states(f).choosing, 'initial'),
  },
  { rule: 'bad-initial', at: '', edit: f => set(f, 'initial', 'greetings'), also: ['unreachable-state'] },
  {
    rule: 'unsent-event',
    at: 'finding',
    transition: 'tool.done',
    edit: f => rename(states(f).finding.on, 'tool.failed', 'tool.done'),
    also: ['tool-without-outcome'],
  },
  {
    rule: 'unsent-event',
    at: 'moved',
    transition: 'callerIsDone',
    edit: f => rename(states(f).moved.on, 'caller.isDone', 'callerIsDone'),
  },
  { rule: 'unsent-event', at: '', transition: '*', edit: f => set(f.on, '*', { target: '.goodbye' }) },
  {
    rule: 'unsent-event',
    at: 'moved',
    transition: 'tool.failed',
    edit: f => set(states(f).moved.on, 'tool.failed', { target: 'failed' }),
  },
  {
    rule: 'shadowed-transition',
    at: 'finding',
    transition: 'tool.succeeded',
    edit: f => states(f).finding.on['tool.succeeded'].reverse(),
    also: ['unreachable-state'],
  },
  {
    rule: 'shadowed-transition',
    at: 'finding',
    transition: 'tool.succeeded',
    edit: f =>
      states(f).finding.on['tool.succeeded'].splice(1, 0, {
        guard: { type: 'resultIs', params: { found: true } },
        target: 'moved',
      }),
  },
  {
    rule: 'inert-transition',
    at: '',
    transition: 'caller.wantsRepeat',
    edit: f => remove(f.on['caller.wantsRepeat'], 'actions'),
  },
  {
    rule: 'inert-transition',
    at: 'moved',
    transition: 'caller.isDone',
    edit: f => set(states(f).moved.on, 'caller.isDone', {}),
  },
  {
    rule: 'choice-without-phrases',
    at: 'moved',
    transition: 'caller.isDone',
    edit: f => remove(states(f).moved.on['caller.isDone'], 'meta'),
  },
  {
    rule: 'unreachable-state',
    at: 'unknown',
    edit: f => states(f).finding.on['tool.succeeded'].pop(),
    also: ['tool-without-outcome'],
  },
  {
    rule: 'trap',
    at: 'moved',
    edit: f => {
      remove(states(f).moved, 'on');
      remove(f, 'on');
    },
    also: ['cannot-repeat', 'no-way-to-person'],
  },
  {
    rule: 'no-way-out',
    at: 'moved',
    edit: f => {
      for (const state of ['greeting', 'unknown', 'moved', 'failed']) redirect(states(f)[state]);
      remove(f.on, 'caller.wantsPerson');
      remove(f.on, 'caller.saysGoodbye');
      remove(states(f).failed.on, 'caller.wantsThrough');
    },
    also: ['no-way-to-person', 'unreachable-state'],
  },
  {
    rule: 'no-way-to-person',
    at: '',
    edit: f => {
      remove(states(f).transferring.meta, 'afterwards');
      remove(states(f).transferring, 'on');
    },
  },
  {
    rule: 'no-way-to-person',
    at: 'moved',
    edit: f => {
      remove(f.on, 'caller.wantsPerson');
      remove(states(f).moved.on, 'caller.wantsMore');
    },
  },
  { rule: 'tool-without-outcome', at: 'moving', edit: f => remove(states(f).moving.on, 'tool.failed') },
  {
    rule: 'tool-without-outcome',
    at: 'finding',
    edit: f => remove(states(f).finding.on, 'tool.succeeded'),
    also: ['unreachable-state'],
  },
  { rule: 'transfer-without-failure', at: 'transferring', edit: f => remove(states(f).transferring, 'on') },
  { rule: 'silent-wait', at: 'moving', edit: f => remove(states(f).moving.meta, 'say') },
  { rule: 'silent-end', at: 'goodbye', edit: f => remove(states(f).goodbye.meta, 'say') },
  { rule: 'nothing-to-say', at: 'moved', edit: f => remove(states(f).moved, 'meta') },
  { rule: 'cannot-repeat', at: 'greeting', edit: f => remove(f.on, 'caller.wantsRepeat') },
  { rule: 'cannot-repeat', at: 'moved', edit: f => set(states(f).moved.on, 'caller.wantsRepeat', {}) },
  {
    rule: 'said-by-a-group',
    at: 'choosing',
    edit: f => set(states(f).choosing, 'meta', { say: { en: 'Now the day.', es: 'Ahora el día.' } }),
  },
  {
    rule: 'said-by-a-group',
    at: 'identifying',
    edit: f => set(states(f).identifying.meta, 'listen', 'digits'),
  },
  {
    rule: 'speaking-end',
    at: 'done',
    edit: (_, p) => set(p.states.done, 'meta', { say: { en: 'Thank you.', es: 'Gracias.' } }),
  },
  { rule: 'unknown-tool', at: 'moving', edit: f => set(states(f).moving.meta.tool, 'name', 'moveVisits') },
  { rule: 'unknown-tool', at: 'greeting', edit: f => set(states(f).greeting.meta, 'tools', ['findVisits']) },
  {
    rule: 'wrong-tool-input',
    at: 'moving',
    edit: f => rename(states(f).moving.meta.tool.input, 'day', 'days'),
  },
  { rule: 'wrong-tool-input', at: 'finding', edit: f => remove(states(f).finding.meta.tool.input, 'number') },
  {
    rule: 'wrong-tool-input',
    at: 'moving',
    edit: f => set(f.meta.facts.day.values, 'sunday', { en: ['sunday'], es: ['domingo'] }),
  },
  {
    rule: 'wrong-tool-input',
    at: 'finding',
    edit: (f, p) => {
      set(f.meta.facts.visitNumber, 'length', 5);
      set(p.meta.facts.visitNumber, 'length', 5);
    },
  },
  {
    rule: 'input-unknown-fact',
    at: 'moving',
    edit: f => set(states(f).moving.meta.tool.input, 'day', 'dya'),
  },
  {
    rule: 'input-may-be-missing',
    at: 'moving',
    edit: f => set(saysDay(f), 'actions', [{ type: 'forgetFacts', params: { facts: ['day'] } }]),
    also: ['fact-not-kept', 'said-before-known'],
  },
  {
    rule: 'input-may-be-missing',
    at: 'finding',
    edit: f => set(states(f).greeting.on['caller.wantsToMove'], 'target', 'finding'),
    also: ['said-before-known'],
  },
  {
    rule: 'unconfirmed-change',
    at: 'choosing.confirming',
    transition: 'caller.agrees',
    edit: f => remove(agrees(f).meta, 'confirms'),
  },
  {
    rule: 'unconfirmed-change',
    at: 'choosing',
    transition: 'caller.saysDay',
    edit: f => set(saysDay(f), 'target', 'moving'),
    also: ['unreachable-state'],
  },
  {
    rule: 'unconfirmed-change',
    at: 'finding',
    transition: 'tool.succeeded',
    edit: f => set(states(f).finding.on['tool.succeeded'][0], 'target', 'moving'),
    also: ['input-may-be-missing', 'unreachable-state'],
  },
  { rule: 'change-by-model', at: 'moved', edit: f => set(states(f).moved.meta, 'tools', ['moveVisit']) },
  {
    rule: 'undeclared-fact',
    at: 'moved',
    edit: f => set(states(f).moved.meta.say, 'en', 'Moved to {dya}. Is there anything else?'),
  },
  {
    rule: 'undeclared-fact',
    at: 'choosing',
    transition: 'caller.saysDay',
    edit: f => saysDay(f).meta.phrases.en.push('{day} {weekday}'),
  },
  {
    rule: 'malformed-slot',
    at: 'moved',
    edit: f => set(states(f).moved.meta.say, 'en', 'Moved to {day:slowly}. Is there anything else?'),
  },
  {
    rule: 'malformed-slot',
    at: 'choosing',
    transition: 'caller.saysDay',
    edit: f => saysDay(f).meta.phrases.en.push('take {day} or {day please'),
  },
  {
    rule: 'said-before-known',
    at: 'failed',
    edit: f =>
      set(
        states(f).failed.meta.say,
        'en',
        'Appointment {visitNumber:digits} cannot be changed. Shall I put you through?',
      ),
  },
  {
    rule: 'said-before-known',
    at: 'choosing.day',
    edit: f => remove(states(f).finding.on['tool.succeeded'][0], 'actions'),
  },
  {
    rule: 'fact-never-found',
    at: '',
    edit: f => set(f.meta.facts, 'reason', { type: 'text', description: 'Why.' }),
  },
  {
    rule: 'fact-never-found',
    at: '',
    edit: f => set(f.meta.facts.doctor, 'from', 'findDoctor'),
    also: ['said-before-known'],
  },
  {
    rule: 'fact-not-kept',
    at: 'choosing',
    transition: 'caller.saysDay',
    edit: f => remove(saysDay(f), 'actions'),
    also: ['said-before-known', 'input-may-be-missing'],
  },
  { rule: 'nothing-collected', at: 'greeting', edit: f => set(states(f).greeting.meta, 'collects', ['day']) },
  {
    rule: 'personal-fact-said',
    at: 'moved',
    edit: f => {
      set(f.meta.facts.visitNumber, 'personal', true);
      set(states(f).moved.meta.say, 'en', 'Number {visitNumber:digits} is moved. Is there anything else?');
      states(f).moved.on['caller.wantsMore'].meta.phrases.shift();
    },
    also: [],
  },
  { rule: 'missing-translation', at: 'moved', edit: f => remove(states(f).moved.meta.say, 'es') },
  {
    rule: 'missing-translation',
    at: 'moved',
    edit: f => set(states(f).moved.meta, 'say', 'Done. Is there anything else?'),
  },
  {
    rule: 'missing-translation',
    at: 'greeting',
    transition: 'caller.wantsToMove',
    edit: f => remove(states(f).greeting.on['caller.wantsToMove'].meta.phrases, 'es'),
  },
  {
    rule: 'missing-translation',
    at: 'greeting',
    transition: 'caller.wantsToMove',
    edit: f =>
      set(states(f).greeting.on['caller.wantsToMove'].meta, 'phrases', ['@yes', 'move an appointment']),
  },
  { rule: 'missing-translation', at: '', edit: f => remove(f.meta.facts.day.values.friday, 'es') },
  {
    rule: 'unknown-language',
    at: 'moved',
    edit: f => rename(states(f).moved.meta.say, 'es', 'sp'),
    also: ['missing-translation'],
  },
  {
    rule: 'unknown-list',
    at: '',
    transition: 'caller.wantsPerson',
    edit: f => set(f.on['caller.wantsPerson'].meta, 'phrases', ['@persons', 'agent']),
    also: ['missing-translation'],
  },
  {
    rule: 'interruptible-disclosure',
    at: 'transferring',
    edit: f => remove(states(f).transferring.meta, 'uninterruptible'),
  },
  {
    rule: 'interruptible-disclosure',
    at: 'greeting',
    edit: f =>
      set(
        states(f).greeting.meta.say,
        'es',
        'Al continuar, usted acepta nuestros términos y condiciones. ¿Quiere cambiar una cita?',
      ),
  },
  {
    rule: 'demanding-disclosure',
    at: 'transferring',
    edit: f =>
      set(
        states(f).transferring.meta.say,
        'en',
        'This call may be recorded. Is that all right? Shall I put you through?',
      ),
  },
  {
    rule: 'demanding-disclosure',
    at: 'transferring',
    edit: f => set(states(f).transferring.meta.say, 'en', 'This call may be recorded. '.repeat(14)),
  },
  {
    rule: 'too-long',
    at: 'moved',
    edit: f =>
      set(
        states(f).moved.meta.say,
        'en',
        `${'The appointment has been moved to the day that you named. '.repeat(7)}Is there anything else?`,
      ),
  },
  {
    rule: 'unspeakable',
    at: 'moved',
    edit: f => set(states(f).moved.meta.say, 'en', '**Done.** Is there anything else?'),
  },
  {
    rule: 'unspeakable',
    at: 'moved',
    edit: f =>
      set(states(f).moved.meta.say, 'en', 'Done, see www.example.com/visits. Is there anything else?'),
  },
  {
    rule: 'unspeakable',
    at: 'moved',
    edit: f =>
      set(states(f).moved.meta.say, 'en', 'We are open Mon to Fri, e.g. at nine. Is there anything else?'),
  },
  {
    rule: 'undescribed-choice',
    at: 'moved',
    transition: 'caller.isDone',
    edit: f => remove(states(f).moved.on['caller.isDone'], 'description'),
  },
  {
    rule: 'ignored-phrases',
    at: 'moved',
    transition: 'caller.isDone',
    edit: f =>
      set(states(f).moved.on, 'caller.isDone', [
        { ...states(f).moved.on['caller.isDone'], guard: knows('day') },
        { target: 'failed', meta: { phrases: ['@notNow'] } },
      ]),
  },
  {
    rule: 'same-phrase',
    at: 'moved',
    transition: 'caller.wantsMore',
    edit: f => states(f).moved.on['caller.isDone'].meta.phrases.push('@yes'),
    also: [],
  },
  {
    rule: 'same-phrase',
    at: 'choosing',
    transition: 'caller.saysDay',
    edit: f =>
      set(states(f).choosing.on, 'caller.saysAnotherDay', {
        target: '.day',
        actions: 'noteFacts',
        description: 'The caller is not sure about the day.',
        meta: { phrases: ['{day}'] },
      }),
  },
  {
    rule: 'similar-phrase',
    at: 'greeting',
    transition: 'caller.wantsToMove',
    edit: f => {
      set(states(f).greeting.on, 'caller.wantsList', {
        target: 'unknown',
        description: 'The caller asks for a list.',
        meta: { phrases: { en: ['move the appointment'], es: ['una lista'] } },
      });
    },
    also: ['said-before-known'],
  },
  {
    rule: 'same-description',
    at: 'moved',
    transition: 'caller.wantsMore',
    edit: f => set(states(f).moved.on['caller.isDone'], 'description', 'There is something else!'),
  },
  {
    rule: 'unkeyable-phrase',
    at: '',
    transition: 'caller.keysNumber',
    edit: (_, p) =>
      set(p.on['caller.keysNumber'].meta, 'phrases', { en: ['one two three'], es: ['uno dos tres'] }),
    also: ['said-before-known', 'input-may-be-missing'],
  },
  {
    rule: 'untakeable-phrase',
    at: 'moved',
    transition: 'caller.isDone',
    edit: f => states(f).moved.on['caller.isDone'].meta.phrases.push('um well'),
    also: ['missing-translation'],
  },
  {
    rule: 'sloppy-phrase',
    at: 'greeting',
    transition: 'caller.wantsToMove',
    edit: f => states(f).greeting.on['caller.wantsToMove'].meta.phrases.en.push('Move it, please.'),
  },
  {
    rule: 'unheard-word',
    at: 'greeting',
    transition: 'caller.wantsToMove',
    edit: f => states(f).greeting.on['caller.wantsToMove'].meta.phrases.en.push('change my zzyxvisit'),
  },
  {
    rule: 'unknown-subflow',
    at: 'identifying',
    edit: f => set(states(f).identifying.meta, 'subflow', 'identity'),
    also: ['fact-never-found', 'said-before-known', 'input-may-be-missing'],
  },
  { rule: 'unknown-subflow', at: 'asking', edit: (_, p) => set(p.states.asking.meta, 'subflow', 'identify') },
  {
    rule: 'endless-subflow',
    at: '',
    edit: (_, p) => remove(p.states.done, 'type'),
    also: ['nothing-to-say', 'unreachable-state'],
  },
  {
    rule: 'subflow-without-end',
    at: 'identifying',
    edit: f => remove(states(f).identifying, 'onDone'),
    also: ['trap', 'unreachable-state'],
  },
  {
    rule: 'subflow-with-states',
    at: 'identifying',
    edit: f =>
      set(states(f).identifying, 'states', { more: { meta: { say: { en: 'More?', es: '¿Más?' } } } }),
    also: ['unreachable-state'],
  },
];

const findUnknownWords = embeddedDictionary();

async function findingsOf(edit: Fault['edit']): Promise<Finding[]> {
  const [flow, part] = [structuredClone(soundFlow), structuredClone(soundPart)];
  edit(flow, part);
  return check(JSON.stringify(flow, null, 2), JSON.stringify(part, null, 2));
}

async function check(flowText: string, partText: string, ending = 'json'): Promise<Finding[]> {
  const flow = await readFlowText({ name: 'visits', file: `/flows/visits.${ending}`, text: flowText });
  const part = await readFlowText({ name: 'identify', file: '/flows/parts/identify.json', text: partText });
  const world = { tools: soundTools, parts: new Map([[part.name, part]]), findUnknownWords };
  return [...checkFile(flow, false, world), ...checkFile(part, true, world)];
}

describe('a sound flow', () => {
  it('gives nothing to mend, and neither does its part', async () => {
    expect(await findingsOf(() => {})).toEqual([]);
  });

  it('is each of those that come with the product, and each part', async () => {
    const tools = openTools({ clock: new SimulatedClock(), toolDelayMs: 0 });
    const texts = await readFlowTexts(defaultFlowFolder());
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect(await checkFlow(text, { tools, findUnknownWords })).toEqual([]);
  });
});

describe('a fault is found by its rule, at its state', () => {
  it.each(faults)('$rule at “$at” $transition ($#)', async ({ rule, at, transition, also = [], edit }) => {
    const findings = await findingsOf(edit);
    const place = { rule, state: at, ...(transition !== undefined && { transition }) };
    expect(findings, JSON.stringify(findings, null, 1)).toContainEqual(expect.objectContaining(place));
    expect(new Set(findings.map(finding => finding.rule))).toEqual(new Set([rule, ...also]));
  });

  it('for every rule', () => {
    const seeded = new Set([
      ...faults.map(({ rule }) => rule),
      ...textFaults.map(({ rule }) => rule),
      'repeated-key',
    ]);
    expect(rules.map(({ name }) => name).filter(name => !seeded.has(name))).toEqual([]);
  });
});

const typescript = (config: object, from = '../flow.ts') =>
  `import { flow } from '${from}';\n\nexport const visits = flow.createMachine(${JSON.stringify(config, null, 2)});\n`;

const textFaults = [
  {
    rule: 'syntax',
    ending: 'json',
    line: 4,
    text: '{\n  "id": "visits",\n  "initial": "greeting"\n  "states": {}\n}',
  },
  {
    rule: 'syntax',
    ending: 'ts',
    line: 4,
    text: "import { flow } from '../flow.ts';\n\nexport const visits = flow.createMachine({\n  initial 'greeting',\n});\n",
  },
  {
    rule: 'foreign-import',
    ending: 'ts',
    line: 2,
    text: "import { flow } from '../flow.ts';\nimport { readFileSync } from 'node:fs';\nexport const visits = flow.createMachine({ context: readFileSync('/etc/hostname') });\n",
  },
  {
    rule: 'no-chart',
    ending: 'ts',
    line: 1,
    text: "import { flow } from '../flow.ts';\n\nconst visits = flow.createMachine({});\nexport const name = typeof visits;\n",
  },
  {
    rule: 'not-loaded',
    ending: 'ts',
    line: 6,
    text: "import { flow } from '../flow.ts';\n\nexport const visits = flow.createMachine({\n  initial: 'greeting',\n  states: {\n    greeting: { on: { 'caller.x': { actions: noteFacts } } },\n  },\n});\n",
  },
] as const;

describe('a file that is no flow', () => {
  it.each(textFaults)('is told of by $rule with its line ($#)', async ({ rule, ending, line, text }) => {
    const findings = await check(text, JSON.stringify(soundPart), ending);
    expect(findings).toMatchObject([{ rule, line, severity: 'error', file: `/flows/visits.${ending}` }]);
  });
});

describe('the place of a finding', () => {
  const lineOf = (text: string, words: string, from = 0) =>
    text.slice(0, text.indexOf(words, text.indexOf('"states"') + from)).split('\n').length;

  it('is the line of the key, in JSON and in TypeScript', async () => {
    const flow: Spoilt = structuredClone(soundFlow);
    rename(flow.states.failed.meta, 'say', 'sayy');
    for (const [ending, text] of [
      ['json', JSON.stringify(flow, null, 2)],
      ['ts', typescript(flow)],
    ] as const) {
      const findings = await check(text, JSON.stringify(soundPart), ending);
      expect(findings).toContainEqual(
        expect.objectContaining({
          rule: 'unknown-key',
          state: 'failed',
          line: lineOf(text, '"sayy"'),
          mend: "Did you mean 'say'?",
        }),
      );
    }
  });

  it('is the line of the second of two keys of the same name', async () => {
    const text = JSON.stringify(soundFlow, null, 2).replace('"moved": {', '"unknown": {},\n    "moved": {');
    const findings = await check(text, JSON.stringify(soundPart));
    expect(findings).toContainEqual(
      expect.objectContaining({
        rule: 'repeated-key',
        state: 'unknown',
        line: lineOf(text, '"unknown": {}'),
      }),
    );
  });

  it('is the part’s file where a part lacks what its flow needs', async () => {
    const part: Spoilt = structuredClone(soundPart);
    part.meta.languages = ['en'];
    part.states.asking.meta.say = 'What is the number of your appointment?';
    part.states.confirming.meta.say = 'I heard {visitNumber:digits}. Is that right?';
    part.on['caller.saysNumber'].meta.phrases = ['{visitNumber}'];
    const findings = await check(JSON.stringify(soundFlow), JSON.stringify(part));
    expect(findings).toContainEqual(
      expect.objectContaining({
        rule: 'missing-translation',
        flow: 'visits',
        state: 'identifying.asking',
        file: '/flows/parts/identify.json',
      }),
    );
  });
});

function agrees(flow: Spoilt): Spoilt {
  return flow.states.choosing.states.confirming.on['caller.agrees'];
}

function disagrees(flow: Spoilt): Spoilt {
  return flow.states.choosing.states.confirming.on['caller.disagrees'];
}

function saysDay(flow: Spoilt): Spoilt {
  return flow.states.choosing.on['caller.saysDay'];
}

function knows(fact: string): object {
  return { type: 'knowsFacts', params: { facts: [fact] } };
}

function redirect(state: Spoilt): void {
  for (const transition of Object.values<Spoilt>(state.on))
    if (transition.target === 'goodbye') transition.target = 'greeting';
}

function set(object: Spoilt, key: string | number, value: unknown): void {
  object[key] = value;
}

function remove(object: Spoilt, key: string): void {
  delete object[key];
}

function rename(object: Spoilt, from: string, to: string): void {
  object[to] = object[from];
  delete object[from];
}
