import { type Fault, knows, remove, rename, set, states } from './fault.ts';

/** Words that cannot be said, heard or told apart. */
export const wordingFaults: readonly Fault[] = [
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
];
