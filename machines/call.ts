import { assign, fromCallback, raise, sendTo, setup } from 'xstate';
import type { CallContext, CallInput, CallOutput, ReplyInput, ToolsInput } from './call-context.ts';
import { type CallEvent, type Outcome, type Purpose, type ToolResult, toFlowEvent } from './call-events.ts';
import type { FlowEvent } from './flow.ts';
import type { Floor } from './turn-taking.ts';

/** What the running reply is told. */
export type ReplyCommand =
  | { type: 'commit'; utterances: readonly number[] }
  | { type: 'toolsFinished'; results: readonly ToolResult[] };

/** In a row. */
const MAX_REMINDERS = 2;
const MAX_UNCLEAR = 2;
const MAX_FAILURES = 3;

function mustBeProvided(actor: string) {
  return () => {
    throw new Error(`The '${actor}' actor is not implemented: give it to callMachine.provide({ actors }).`);
  };
}

/**
 * The whole call. Audio never comes here; the runtime turns it into these few events, and does what the named actions
 * say. A reply lives exactly as long as the state that invokes it: leaving the state, for whatever reason, aborts it.
 */
export const callMachine = setup({
  types: {
    context: {} as CallContext,
    input: {} as CallInput,
    output: {} as CallOutput,
    events: {} as CallEvent,
    tags: {} as 'live' | 'agentTalking' | 'callerWaiting' | 'interruptible',
  },
  actors: {
    flow: fromCallback<FlowEvent>(mustBeProvided('flow')),
    reply: fromCallback<ReplyCommand, ReplyInput>(mustBeProvided('reply')),
    tools: fromCallback<{ type: 'none' }, ToolsInput>(mustBeProvided('tools')),
    closing: fromCallback<{ type: 'none' }, { callId: string }>(mustBeProvided('closing')),
  },
  delays: {
    /** The caller says nothing after the agent has finished. */
    silence: 8_000,
    /** The caller talks without a pause. */
    longestUtterance: 45_000,
    /** Voice ended, but the recogniser has not said what it heard. */
    hearingTimeout: 4_000,
    /** An unfinished sentence is given this long to go on. */
    patience: 2_500,
    /** The caller began to key digits and stopped. */
    keypadTimeout: 8_000,
    /** An interruption that brought no words. */
    falseInterruption: 2_000,
    /** A speculated reply is neither confirmed nor withdrawn. */
    speculationTimeout: 5_000,
    /** No word of the answer: apologise. */
    thinkTimeout: 12_000,
    toolsTimeout: 20_000,
    /** Before something that has failed more than once is tried again. */
    recovery: 1_500,
    longestReply: 120_000,
    /** The carrier's stream is gone: how long it may take to come back. */
    lineGrace: 15_000,
    longestCall: 3_600_000,
    /** From the announcement of the end to the end. */
    closingGrace: 30_000,
    transferTimeout: 65_000,
    /** A supervisor's connection is gone: how long it may take to come back. */
    supervisorGrace: 10_000,
    longestTakeOver: 1_800_000,
    wrapUpTimeout: 3_000,
    handOffTimeout: 5_000,
  },
  guards: {
    isInCloud: ({ context }) => context.placement === 'cloud',
    isConcluding: ({ context }) => context.outcome !== null && context.outcome !== 'silence',
    hasUnanswered: ({ context }) => context.unanswered.length > 0,
    isAsSpeculated: ({ context, event }) =>
      event.type === 'caller.finished' && event.text === context.speculatedText,
    leavesUnanswered: ({ context }) => context.answering.length > 0,
    hasToolCalls: ({ context }) => context.toolCalls.length > 0,
    isUninterruptible: ({ context }) => context.uninterruptible,
    beginsUninterruptible: ({ event }) => event.type === 'reply.began' && event.uninterruptible,
    mayRemind: ({ context }) => context.reminders < MAX_REMINDERS,
    mayAskAgain: ({ context }) => context.unclear < MAX_UNCLEAR,
    isFirstFailure: ({ context }) => context.failures === 0,
    mayApologise: ({ context }) => context.failures < MAX_FAILURES,
    isToBeSaid: ({ event }) => event.type === 'supervisor.whispered' && event.say,
    hasLineToSay: ({ context }) => context.lines > 0,
    isHeldForSupervisor: ({ context }) => context.isHeldForSupervisor,
    endsCall: ({ context, event }) =>
      event.type === 'voice.finished' && event.next === 'hangUp' && context.unanswered.length === 0,
    asksForPerson: ({ event }) => event.type === 'voice.finished' && event.next === 'transfer',
  },
  actions: {
    // Done by the runtime.
    takeFloor: (_, _params: { floor: Floor }) => {},
    interruptAgent: () => {},
    handToPerson: () => {},

    // Bookkeeping.
    noteUtterance: assign(({ context, event }) =>
      event.type === 'caller.finished'
        ? {
            unanswered: [...context.unanswered, event.utterance],
            reminders: 0,
            unclear: 0,
            speculatedText: null,
            outcome: context.outcome === 'silence' ? null : context.outcome,
          }
        : {},
    ),
    speculate: assign(({ event }) =>
      event.type === 'caller.mayHaveFinished' ? { speculatedText: event.text } : {},
    ),
    /** A goodbye that was cut off by a noise is still a goodbye. */
    openTurn: assign(({ context }, params: { purpose: Purpose }) => ({
      turn: context.turn + 1,
      purpose:
        params.purpose === 'resume' && context.purpose === 'farewell'
          ? ('farewell' as const)
          : params.purpose,
      answering: params.purpose === 'answer' ? context.unanswered : [],
      lines: params.purpose === 'supervisor' ? context.lines - 1 : context.lines,
      speculatedText: null,
      toolCalls: [],
      uninterruptible: false,
      mayWait: true,
    })),
    openSpeculativeTurn: assign(({ context }) => ({
      turn: context.turn + 1,
      purpose: 'answer' as const,
      answering: context.unanswered,
      toolCalls: [],
      uninterruptible: false,
      mayWait: true,
    })),
    insistOnAnswer: assign({ mayWait: false }),
    takeUpUtterances: assign(({ context }) => ({ answering: context.unanswered, speculatedText: null })),
    markAnswered: assign(({ context }) => ({
      unanswered: context.unanswered.filter(utterance => !context.answering.includes(utterance)),
      answering: [],
    })),
    noteBeginning: assign(({ event }) =>
      event.type === 'reply.began' ? { uninterruptible: event.uninterruptible } : {},
    ),
    noteToolCalls: assign(({ event }) =>
      event.type === 'reply.requestedTools' ? { toolCalls: event.calls } : {},
    ),
    forgetToolCalls: assign({ toolCalls: [] }),
    countReminder: assign({ reminders: ({ context }) => context.reminders + 1 }),
    countUnclear: assign({ unclear: ({ context }) => context.unclear + 1 }),
    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
    /** An apology that was heard is no success. */
    clearFailures: assign(({ context }) => (context.purpose === 'apology' ? {} : { failures: 0 })),
    noteLineToSay: assign({ lines: ({ context }) => context.lines + 1 }),
    /** A person answers what was said. */
    leaveToSupervisor: assign({ unanswered: [], answering: [] }),
    holdForSupervisor: assign({ isHeldForSupervisor: true }),
    holdForAgent: assign({ isHeldForSupervisor: false }),
    notePlacement: assign({ placement: 'cloud' }),
    noteOutcome: assign((_, params: { outcome: Outcome }) => ({ outcome: params.outcome })),
    noteOutcomeOfEvent: assign(({ context, event }) =>
      event.type === 'call.hangUp' || event.type === 'call.conclude'
        ? { outcome: event.outcome }
        : { outcome: context.outcome },
    ),

    // Telling the others.
    commitReply: sendTo('reply', ({ context }) => ({ type: 'commit', utterances: context.unanswered })),
    continueReply: sendTo('reply', ({ event }) => ({
      type: 'toolsFinished',
      results: event.type === 'tools.finished' ? event.results : [],
    })),
    moveFlow: sendTo('flow', ({ event }): FlowEvent => {
      if (event.type !== 'reply.chose') throw new Error(`${event.type} chooses nothing`);
      return { type: event.choice as `caller.${string}`, facts: event.facts };
    }),
    /** A turn's tools are told to the flow one by one; a flow state asks for one tool. */
    tellFlowResults: sendTo('flow', ({ event }): FlowEvent => {
      const outcome = event.type === 'tools.finished' ? event.results[0] : undefined;
      if (!outcome) throw new Error(`${event.type} brings no result`);
      return toFlowEvent(outcome);
    }),
    tellFlowTransferFailed: sendTo('flow', { type: 'transfer.failed' }),
    /** The state that is entered knows what to say. */
    passOnUnclear: raise({ type: 'caller.unclear' }),
    concludeTooLong: raise({ type: 'call.conclude', outcome: 'tooLong' }),
    concludeOverBudget: raise({ type: 'call.conclude', outcome: 'overBudget' }),
  },
}).createMachine({
  id: 'call',
  description: 'One phone call, from the first frame to the record.',
  context: ({ input }) => ({
    callId: input.callId,
    placement: input.placement,
    turn: 1,
    purpose: 'greeting',
    unanswered: [],
    answering: [],
    speculatedText: null,
    toolCalls: [],
    uninterruptible: false,
    mayWait: true,
    reminders: 0,
    unclear: 0,
    failures: 0,
    lines: 0,
    isHeldForSupervisor: false,
    outcome: null,
  }),
  output: ({ context }) => ({
    callId: context.callId,
    outcome: context.outcome ?? 'completed',
    unanswered: context.unanswered,
  }),
  invoke: { id: 'flow', src: 'flow', systemId: 'flow' },
  after: {
    longestCall: {
      description: 'Counted once, however often the caller is passed on and comes back.',
      actions: 'concludeTooLong',
    },
  },
  initial: 'live',
  states: {
    live: {
      description: 'The caller is ours.',
      type: 'parallel',
      tags: 'live',
      on: {
        'caller.hungUp': {
          description: 'The caller hangs up: nothing more can be said.',
          target: 'wrappingUp',
          actions: { type: 'noteOutcome', params: { outcome: 'hungUp' } },
        },
        'call.hangUp': {
          description: 'Ended from outside, at once.',
          target: 'wrappingUp',
          actions: 'noteOutcomeOfEvent',
        },
        'call.transfer': {
          description: 'Passed to a person from outside, at once.',
          target: 'transferring',
          actions: 'interruptAgent',
        },
      },
      states: {
        floor: {
          description: 'Who speaks.',
          initial: 'replying',
          on: {
            'line.lost': {
              description: 'Nobody can hear anybody.',
              target: '.onHold',
            },
            'call.conclude': {
              description: 'A limit was reached: say goodbye, then end.',
              target: '.replying.thinking',
              actions: [
                'interruptAgent',
                'noteOutcomeOfEvent',
                { type: 'openTurn', params: { purpose: 'farewell' } },
              ],
            },
            'hearing.failed': {
              description: 'The recogniser is gone: say so, the keypad still works.',
              target: '.faltering',
            },
            'caller.finished': {
              description: 'Words that come where they may not interrupt are kept and answered later.',
              actions: 'noteUtterance',
            },
            'supervisor.tookOver': {
              description: 'A person takes the agent’s place.',
              target: '.takenOver',
              actions: 'leaveToSupervisor',
            },
            'supervisor.whispered': {
              description: 'A line to say as soon as nobody speaks.',
              guard: 'isToBeSaid',
              actions: 'noteLineToSay',
            },
          },
          states: {
            listening: {
              description: 'The floor is the caller’s.',
              entry: { type: 'takeFloor', params: { floor: 'listening' } },
              initial: 'quiet',
              always: {
                description: 'Something said earlier still waits for its answer.',
                guard: 'hasUnanswered',
                target: 'replying.thinking',
                actions: { type: 'openTurn', params: { purpose: 'answer' } },
              },
              on: {
                'caller.spoke': '.hearing',
                'caller.keyed': '.keying',
                'caller.mayHaveFinished': {
                  description: 'Prepare a reply before the caller is known to have finished.',
                  target: 'replying.speculating',
                  actions: ['speculate', 'openSpeculativeTurn'],
                },
                'caller.finished': {
                  description: 'The caller’s turn is over.',
                  target: 'replying.thinking',
                  actions: ['noteUtterance', { type: 'openTurn', params: { purpose: 'answer' } }],
                },
                'caller.unclear': [
                  {
                    description: 'There was a voice, but no words.',
                    guard: 'mayAskAgain',
                    target: 'replying.thinking',
                    actions: ['countUnclear', { type: 'openTurn', params: { purpose: 'askAgain' } }],
                  },
                  { target: '.quiet' },
                ],
              },
              states: {
                quiet: {
                  description: 'Nobody speaks.',
                  tags: 'callerWaiting',
                  always: {
                    description: 'A supervisor wants something said.',
                    guard: 'hasLineToSay',
                    target: '#call.live.floor.replying.thinking',
                    actions: { type: 'openTurn', params: { purpose: 'supervisor' } },
                  },
                  after: {
                    silence: [
                      {
                        guard: 'mayRemind',
                        target: '#call.live.floor.replying.thinking',
                        actions: ['countReminder', { type: 'openTurn', params: { purpose: 'reminder' } }],
                      },
                      {
                        description: 'Nobody seems to be there.',
                        target: '#call.live.floor.replying.thinking',
                        actions: [
                          { type: 'noteOutcome', params: { outcome: 'silence' } },
                          { type: 'openTurn', params: { purpose: 'farewell' } },
                        ],
                      },
                    ],
                  },
                },
                hearing: {
                  description: 'The caller speaks.',
                  on: { 'caller.paused': 'pausing', 'caller.spoke': {} },
                  after: {
                    longestUtterance: {
                      target: '#call.live.floor.replying.thinking',
                      actions: { type: 'openTurn', params: { purpose: 'askAgain' } },
                    },
                  },
                },
                pausing: {
                  description: 'The caller has paused; the words are on their way.',
                  tags: 'callerWaiting',
                  after: { hearingTimeout: 'quiet' },
                },
                keying: {
                  description: 'The caller presses keys.',
                  on: {
                    'caller.keyed': { target: 'keying', reenter: true },
                    'caller.spoke': {},
                    'caller.paused': {},
                    'caller.unclear': {},
                    'caller.mayHaveFinished': {},
                  },
                  after: { keypadTimeout: 'quiet' },
                },
              },
            },
            waitingForMore: {
              description: 'The caller has begun a thought that is not finished.',
              entry: ['interruptAgent', { type: 'takeFloor', params: { floor: 'waitingForMore' } }],
              initial: 'pausing',
              on: {
                'caller.finished': {
                  description: 'Both pieces are answered together.',
                  target: 'replying.thinking',
                  actions: ['noteUtterance', { type: 'openTurn', params: { purpose: 'answer' } }],
                },
                'caller.mayHaveFinished': {
                  description: 'Prepare a reply to both pieces before the caller is known to have finished.',
                  target: 'replying.speculating',
                  actions: ['speculate', 'openSpeculativeTurn'],
                },
                'caller.unclear': {
                  description: 'It was only noise: answer what is there.',
                  target: 'replying.thinking',
                  actions: { type: 'openTurn', params: { purpose: 'answer' } },
                },
                'caller.spoke': '.hearing',
                'caller.keyed': { target: '.pausing', reenter: true },
              },
              states: {
                hearing: {
                  description: 'The caller goes on.',
                  on: { 'caller.paused': 'pausing', 'caller.spoke': {} },
                  after: {
                    longestUtterance: {
                      target: '#call.live.floor.replying.thinking',
                      actions: [{ type: 'openTurn', params: { purpose: 'answer' } }, 'insistOnAnswer'],
                    },
                  },
                },
                pausing: {
                  description: 'The caller searches for words.',
                  tags: 'callerWaiting',
                  after: {
                    patience: {
                      target: '#call.live.floor.replying.thinking',
                      actions: [{ type: 'openTurn', params: { purpose: 'answer' } }, 'insistOnAnswer'],
                    },
                  },
                },
              },
            },
            replying: {
              description:
                'The agent has the floor: one reply, from the first thought to the last word heard. It breaks every longer silence with a filler.',
              initial: 'greeting',
              invoke: {
                id: 'reply',
                src: 'reply',
                input: ({ context }) => ({
                  callId: context.callId,
                  turn: context.turn,
                  purpose: context.purpose,
                  utterances: context.answering,
                  speculatedText: context.speculatedText,
                  mayWait: context.mayWait,
                }),
              },
              on: {
                'reply.began': {
                  description: 'The first words are known.',
                  actions: 'noteBeginning',
                },
                'reply.chose': {
                  description: 'The caller’s words moved the flow: they are taken up.',
                  actions: ['moveFlow', 'markAnswered'],
                },
                'reply.failed': {
                  description: 'A provider failed.',
                  target: 'faltering',
                },
                'voice.finished': [
                  {
                    guard: 'endsCall',
                    target: '#call.wrappingUp',
                  },
                  {
                    guard: 'asksForPerson',
                    target: '#call.transferring',
                    actions: ['markAnswered', 'clearFailures'],
                  },
                  {
                    description: 'The caller has heard it all.',
                    target: 'listening',
                    actions: ['markAnswered', 'clearFailures'],
                  },
                ],
              },
              states: {
                greeting: {
                  description: 'The agent is about to open the call.',
                  tags: 'callerWaiting',
                  entry: { type: 'takeFloor', params: { floor: 'greeting' } },
                  on: {
                    'voice.began': [
                      { guard: 'isUninterruptible', target: 'disclosing' },
                      { target: 'speaking' },
                    ],
                    'reply.requestedTools': { target: 'toolCalling', actions: 'noteToolCalls' },
                  },
                  after: { thinkTimeout: '#call.live.floor.faltering' },
                },
                speculating: {
                  description: 'A reply is prepared, unheard, while the caller may still go on.',
                  entry: { type: 'takeFloor', params: { floor: 'speculating' } },
                  on: {
                    'caller.finished': [
                      {
                        description: 'The guess was right: the reply counts.',
                        guard: 'isAsSpeculated',
                        target: 'thinking',
                        actions: ['noteUtterance', 'takeUpUtterances', 'commitReply'],
                      },
                      {
                        description: 'The words are others: think again.',
                        target: '#call.live.floor.listening',
                        actions: 'noteUtterance',
                      },
                    ],
                    'caller.wentOn': [
                      {
                        description: 'The guess was wrong, and there is more to wait for.',
                        guard: 'hasUnanswered',
                        target: '#call.live.floor.waitingForMore.hearing',
                      },
                      {
                        description: 'The guess was wrong.',
                        target: '#call.live.floor.listening.hearing',
                      },
                    ],
                    'caller.spoke': [
                      { guard: 'hasUnanswered', target: '#call.live.floor.waitingForMore.hearing' },
                      { target: '#call.live.floor.listening.hearing' },
                    ],
                    'caller.keyed': [
                      { guard: 'hasUnanswered', target: '#call.live.floor.waitingForMore.pausing' },
                      { target: '#call.live.floor.listening.keying' },
                    ],
                    'caller.unclear': [
                      {
                        description: 'The ears gave up on what they had promised: the rest is answered.',
                        guard: 'hasUnanswered',
                        target: '#call.live.floor.waitingForMore',
                        actions: 'passOnUnclear',
                      },
                      {
                        description: 'The ears gave up on what they had promised: the caller is asked again.',
                        target: '#call.live.floor.listening',
                        actions: 'passOnUnclear',
                      },
                    ],
                    'reply.requestedTools': {
                      description: 'Tools wait until the turn is certain.',
                      actions: 'noteToolCalls',
                    },
                    'reply.chose': {},
                    'reply.failed': [
                      {
                        description: 'The caller is in the middle of a thought: wait for the rest.',
                        guard: 'hasUnanswered',
                        target: '#call.live.floor.waitingForMore.pausing',
                      },
                      {
                        description: 'Nobody has heard of it: think again when the turn is certain.',
                        target: '#call.live.floor.listening.pausing',
                      },
                    ],
                    'voice.finished': {},
                  },
                  after: {
                    speculationTimeout: [
                      { guard: 'hasUnanswered', target: '#call.live.floor.waitingForMore.pausing' },
                      { target: '#call.live.floor.listening.pausing' },
                    ],
                  },
                },
                thinking: {
                  description: 'The caller waits for the first words.',
                  tags: ['callerWaiting', 'interruptible'],
                  entry: { type: 'takeFloor', params: { floor: 'thinking' } },
                  always: {
                    description: 'Tools that were asked for before the turn was certain.',
                    guard: 'hasToolCalls',
                    target: 'toolCalling',
                  },
                  on: {
                    'voice.began': [
                      {
                        guard: 'isUninterruptible',
                        target: 'disclosing',
                        actions: 'markAnswered',
                      },
                      { target: 'speaking', actions: 'markAnswered' },
                    ],
                    'reply.requestedTools': { target: 'toolCalling', actions: 'noteToolCalls' },
                    'reply.waits': {
                      description: 'The model wants to hear the rest first.',
                      target: '#call.live.floor.waitingForMore',
                    },
                    'caller.spoke': [
                      {
                        description: 'The caller had more to say: it becomes one turn.',
                        guard: 'hasUnanswered',
                        target: '#call.live.floor.waitingForMore.hearing',
                      },
                      { target: '#call.live.floor.bargingIn' },
                    ],
                    'voice.finished': {
                      description: 'The reply is over, and there was not a word in it.',
                      guard: 'leavesUnanswered',
                      target: '#call.live.floor.faltering',
                    },
                    'caller.keyed': [
                      { guard: 'hasUnanswered', target: '#call.live.floor.waitingForMore.pausing' },
                      { target: '#call.live.floor.bargingIn.keying' },
                    ],
                    'caller.finished': {
                      description: 'All that was said is answered together.',
                      target: '#call.live.floor.bargingIn',
                      actions: 'noteUtterance',
                    },
                  },
                  after: { thinkTimeout: '#call.live.floor.faltering' },
                },
                toolCalling: {
                  description: 'A tool works for the caller, who may not stop it by speaking.',
                  tags: 'callerWaiting',
                  entry: { type: 'takeFloor', params: { floor: 'toolCalling' } },
                  invoke: {
                    id: 'tools',
                    src: 'tools',
                    input: ({ context }) => ({
                      callId: context.callId,
                      turn: context.turn,
                      calls: context.toolCalls,
                    }),
                  },
                  exit: 'forgetToolCalls',
                  on: {
                    'tools.finished': {
                      target: 'thinking',
                      actions: ['tellFlowResults', 'continueReply'],
                    },
                    'voice.began': {
                      description: 'What was said before the tool is only now heard.',
                      actions: 'markAnswered',
                    },
                    'voice.finished': {},
                  },
                  after: { toolsTimeout: '#call.live.floor.faltering' },
                },
                speaking: {
                  description: 'The caller hears the agent and may cut in.',
                  tags: ['agentTalking', 'interruptible'],
                  entry: { type: 'takeFloor', params: { floor: 'speaking' } },
                  on: {
                    'reply.began': {
                      description: 'The reply went on to words that must be heard.',
                      guard: 'beginsUninterruptible',
                      target: 'disclosing',
                    },
                    'reply.requestedTools': { target: 'toolCalling', actions: 'noteToolCalls' },
                    'caller.spoke': [
                      {
                        description: 'More after words that came too early: it becomes one turn.',
                        guard: 'hasUnanswered',
                        target: '#call.live.floor.waitingForMore.hearing',
                      },
                      { description: 'Barge-in.', target: '#call.live.floor.bargingIn' },
                    ],
                    'caller.keyed': [
                      { guard: 'hasUnanswered', target: '#call.live.floor.waitingForMore.pausing' },
                      { target: '#call.live.floor.bargingIn.keying' },
                    ],
                    'caller.finished': {
                      target: '#call.live.floor.bargingIn',
                      actions: 'noteUtterance',
                    },
                  },
                  after: {
                    longestReply: {
                      target: '#call.live.floor.listening',
                      actions: 'interruptAgent',
                    },
                  },
                },
                disclosing: {
                  description: 'The caller hears what must be heard; speech meanwhile is kept.',
                  tags: 'agentTalking',
                  entry: { type: 'takeFloor', params: { floor: 'disclosing' } },
                  on: {
                    'reply.requestedTools': { target: 'toolCalling', actions: 'noteToolCalls' },
                  },
                  after: {
                    longestReply: {
                      target: '#call.live.floor.listening',
                      actions: 'interruptAgent',
                    },
                  },
                },
              },
            },
            bargingIn: {
              description: 'The caller cut in: the agent is silent at once.',
              entry: ['interruptAgent', { type: 'takeFloor', params: { floor: 'bargingIn' } }],
              initial: 'hearing',
              always: {
                guard: 'hasUnanswered',
                target: 'replying.thinking',
                actions: { type: 'openTurn', params: { purpose: 'answer' } },
              },
              on: {
                'caller.finished': {
                  target: 'replying.thinking',
                  actions: ['noteUtterance', { type: 'openTurn', params: { purpose: 'answer' } }],
                },
                'caller.mayHaveFinished': {
                  description: 'Words, so it is no cough: prepare the answer.',
                  target: 'replying.speculating',
                  actions: ['speculate', 'openSpeculativeTurn'],
                },
                'caller.unclear': {
                  description: 'It was no word: go on where the agent was cut off.',
                  target: 'replying.thinking',
                  actions: { type: 'openTurn', params: { purpose: 'resume' } },
                },
                'caller.keyed': '.keying',
              },
              states: {
                hearing: {
                  description: 'The caller speaks.',
                  on: { 'caller.paused': 'pausing' },
                  after: {
                    longestUtterance: {
                      target: '#call.live.floor.replying.thinking',
                      actions: { type: 'openTurn', params: { purpose: 'askAgain' } },
                    },
                  },
                },
                pausing: {
                  description: 'Was it an interruption, or a cough?',
                  tags: 'callerWaiting',
                  on: { 'caller.spoke': 'hearing' },
                  after: {
                    falseInterruption: {
                      target: '#call.live.floor.replying.thinking',
                      actions: { type: 'openTurn', params: { purpose: 'resume' } },
                    },
                  },
                },
                keying: {
                  description: 'The caller presses keys.',
                  on: {
                    'caller.keyed': { target: 'keying', reenter: true },
                    'caller.mayHaveFinished': {},
                    'caller.unclear': {},
                  },
                  after: {
                    keypadTimeout: {
                      target: '#call.live.floor.replying.thinking',
                      actions: { type: 'openTurn', params: { purpose: 'resume' } },
                    },
                  },
                },
              },
            },
            faltering: {
              description: 'Something we rely on failed: apologise and go on, a few times.',
              tags: 'callerWaiting',
              entry: ['interruptAgent', { type: 'takeFloor', params: { floor: 'thinking' } }],
              always: {
                guard: 'isFirstFailure',
                target: 'replying.thinking',
                actions: ['countFailure', { type: 'openTurn', params: { purpose: 'apology' } }],
              },
              on: { 'hearing.failed': {} },
              after: {
                recovery: [
                  {
                    description: 'What failed again has had a moment to recover.',
                    guard: 'mayApologise',
                    target: 'replying.thinking',
                    actions: ['countFailure', { type: 'openTurn', params: { purpose: 'apology' } }],
                  },
                  {
                    description: 'Nothing can be said any more.',
                    target: '#call.wrappingUp',
                    actions: { type: 'noteOutcome', params: { outcome: 'providersFailed' } },
                  },
                ],
              },
            },
            takenOver: {
              description:
                'A person speaks with the caller in the agent’s place. What the caller says is still written down.',
              entry: ['interruptAgent', { type: 'takeFloor', params: { floor: 'takenOver' } }],
              initial: 'attended',
              on: {
                'supervisor.gaveBack': [
                  {
                    description: 'The agent takes up what nobody has answered.',
                    guard: 'hasUnanswered',
                    target: 'replying.thinking',
                    actions: { type: 'openTurn', params: { purpose: 'answer' } },
                  },
                  {
                    description: 'The agent says that it is back, and asks the flow’s question.',
                    target: 'replying.thinking',
                    actions: { type: 'openTurn', params: { purpose: 'givenBack' } },
                  },
                ],
                'line.lost': { target: 'onHold', actions: 'holdForSupervisor' },
                'hearing.failed': { description: 'A person needs no recogniser.' },
              },
              after: {
                longestTakeOver: {
                  description: 'Forgotten: the agent carries on.',
                  target: 'replying.thinking',
                  actions: { type: 'openTurn', params: { purpose: 'givenBack' } },
                },
              },
              states: {
                attended: {
                  description: 'The person and the caller talk.',
                  on: {
                    'caller.finished': { description: 'The person has heard it, and answers.' },
                    'supervisor.left': 'away',
                  },
                },
                away: {
                  description: 'The person’s connection is gone; it may come back.',
                  tags: 'callerWaiting',
                  on: {
                    'supervisor.returned': { target: 'attended', actions: 'leaveToSupervisor' },
                  },
                  after: {
                    supervisorGrace: [
                      {
                        guard: 'hasUnanswered',
                        target: '#call.live.floor.replying.thinking',
                        actions: { type: 'openTurn', params: { purpose: 'answer' } },
                      },
                      {
                        description: 'Nobody is there any more: the agent carries on.',
                        target: '#call.live.floor.replying.thinking',
                        actions: { type: 'openTurn', params: { purpose: 'givenBack' } },
                      },
                    ],
                  },
                },
              },
            },
            onHold: {
              description: 'The line is gone; the conversation waits for it.',
              entry: ['interruptAgent', { type: 'takeFloor', params: { floor: 'onHold' } }],
              exit: 'holdForAgent',
              on: {
                'line.lost': {},
                'line.resumed': [
                  {
                    description: 'The caller is back with the person who had taken over.',
                    guard: 'isHeldForSupervisor',
                    target: 'takenOver',
                  },
                  {
                    target: 'replying.thinking',
                    actions: { type: 'openTurn', params: { purpose: 'welcomeBack' } },
                  },
                ],
                'supervisor.tookOver': { actions: ['leaveToSupervisor', 'holdForSupervisor'] },
                'supervisor.returned': { actions: 'holdForSupervisor' },
                'supervisor.left': { actions: 'holdForAgent' },
                'supervisor.gaveBack': { actions: 'holdForAgent' },
                'call.conclude': {
                  target: '#call.wrappingUp',
                  actions: 'noteOutcomeOfEvent',
                },
                'hearing.failed': {},
              },
              after: {
                lineGrace: {
                  target: '#call.wrappingUp',
                  actions: { type: 'noteOutcome', params: { outcome: 'lineLost' } },
                },
              },
            },
          },
        },
        placement: {
          description: 'Where the brain of the call runs.',
          initial: 'edge',
          states: {
            edge: {
              description: 'Beside the carrier’s socket.',
              always: { guard: 'isInCloud', target: 'cloud' },
              on: { 'placement.handOff': 'handingOff' },
            },
            handingOff: {
              description: 'A cloud node is taking over; until it has, the call stays.',
              on: {
                'placement.taken': { target: 'cloud', actions: 'notePlacement' },
                'placement.refused': 'staying',
              },
              after: { handOffTimeout: 'staying' },
            },
            staying: {
              description: 'The hand-off failed; the call goes on where it was.',
              on: { 'placement.handOff': 'handingOff' },
            },
            cloud: {
              description: 'On a cloud node.',
            },
          },
        },
        line: {
          description: 'The carrier’s stream.',
          initial: 'attached',
          states: {
            attached: {
              description: 'Audio flows both ways.',
              on: { 'line.lost': 'lost' },
            },
            lost: {
              description: 'The stream broke off; the carrier may come back.',
              on: { 'line.resumed': 'resumed' },
              after: {
                lineGrace: {
                  target: '#call.wrappingUp',
                  actions: { type: 'noteOutcome', params: { outcome: 'lineLost' } },
                },
              },
            },
            resumed: {
              description: 'A new stream carries the same call.',
              on: { 'line.lost': 'lost' },
            },
          },
        },
        limits: {
          description: 'What no call may exceed.',
          initial: 'watching',
          states: {
            watching: {
              description: 'Within time and budget.',
              always: {
                description: 'The agent says goodbye, or did before the caller was passed to a person.',
                guard: 'isConcluding',
                target: 'closing',
              },
              on: { 'budget.exceeded': { actions: 'concludeOverBudget' } },
            },
            closing: {
              description: 'The agent has been told to say goodbye.',
              after: { closingGrace: '#call.wrappingUp' },
            },
          },
        },
      },
    },
    transferring: {
      description: 'The caller is being passed to a person.',
      tags: 'callerWaiting',
      entry: 'handToPerson',
      on: {
        'transfer.connected': {
          target: 'wrappingUp',
          actions: { type: 'noteOutcome', params: { outcome: 'transferred' } },
        },
        'transfer.failed': {
          description: 'Nobody took the call, and the caller never left.',
          target: '#call.live.floor.replying.thinking',
          actions: ['tellFlowTransferFailed', { type: 'openTurn', params: { purpose: 'noOneAvailable' } }],
        },
        'line.resumed': {
          description: 'Nobody took the call, and the carrier brings the caller back.',
          target: '#call.live.floor.replying.thinking',
          actions: ['tellFlowTransferFailed', { type: 'openTurn', params: { purpose: 'noOneAvailable' } }],
        },
        'caller.finished': { actions: 'noteUtterance' },
        'caller.hungUp': {
          target: 'wrappingUp',
          actions: { type: 'noteOutcome', params: { outcome: 'hungUp' } },
        },
        'call.hangUp': { target: 'wrappingUp', actions: 'noteOutcomeOfEvent' },
        'call.conclude': { target: 'wrappingUp', actions: 'noteOutcomeOfEvent' },
      },
      after: {
        transferTimeout: {
          description: 'No news is good news: the person has the caller.',
          target: 'wrappingUp',
          actions: { type: 'noteOutcome', params: { outcome: 'transferred' } },
        },
      },
    },
    wrappingUp: {
      description: 'The conversation is over; the last words are collected and the line is closed.',
      entry: 'interruptAgent',
      invoke: {
        id: 'closing',
        src: 'closing',
        input: ({ context }) => ({ callId: context.callId }),
      },
      on: {
        'caller.finished': { actions: 'noteUtterance' },
        'line.closed': 'ended',
      },
      after: { wrapUpTimeout: 'ended' },
    },
    ended: {
      description: 'The record is complete; the work after the call begins.',
      type: 'final',
    },
  },
});
