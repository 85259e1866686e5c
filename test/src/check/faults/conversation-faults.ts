import { agrees, type Fault, redirect, remove, rename, saysDay, set, states } from './fault.ts';

/** Conversations that get stuck, forget, or act without asking. */
export const conversationFaults: readonly Fault[] = [
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
];
