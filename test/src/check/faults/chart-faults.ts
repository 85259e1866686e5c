import { agrees, disagrees, type Fault, knows, remove, rename, saysDay, set, states } from './fault.ts';

/** Charts that XState takes and that do not do what is written, or that it refuses. */
export const chartFaults: readonly Fault[] = [
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
    also: ['cannot-repeat'],
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
