import { beforeAll, describe, expect, it } from 'vitest';
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';
import type { CallEvent } from '../../../machines/call-events.ts';
import { inertMachine } from './chart-run.ts';
import * as on from './events.ts';
import { type Exploration, explore, type State, type Step, wayTo } from './explore.ts';

/** Every type of event, with each payload that some guard looks at. */
const everyEvent: readonly CallEvent[] = [
  on.spoke,
  on.paused,
  on.unclear,
  on.wentOn,
  on.hungUp,
  on.keyed,
  on.finished(1, 'yes'),
  on.finished(2, 'no'),
  on.mayHaveFinished('yes'),
  on.hearingFailed,
  on.began(),
  on.began(true),
  on.voiceBegan,
  on.heard('listen'),
  on.heard('hangUp'),
  on.heard('transfer'),
  on.waits,
  on.failed,
  on.chose,
  on.requestedTools,
  on.toolsFinished,
  on.toolsFailed,
  on.lineLost,
  on.lineResumed,
  on.lineClosed,
  on.transferConnected,
  on.transferFailed,
  on.budgetExceeded,
  on.conclude(),
  on.hangUp(),
  on.transfer(),
  on.tookOver,
  on.gaveBack,
  on.left,
  on.returned,
];

/** Lines to be said wait in every state: what that adds is explored beside a plain conversation as well. */
const dictatingEvents: readonly CallEvent[] = [
  on.whispered(true),
  on.spoke,
  on.paused,
  on.began(),
  on.voiceBegan,
  on.heard('listen'),
  on.heard('hangUp'),
  on.heard('transfer'),
  on.transferFailed,
  on.finished(1, 'yes'),
  on.failed,
  on.lineLost,
  on.lineResumed,
  on.lineClosed,
  on.tookOver,
  on.gaveBack,
  on.hungUp,
  on.conclude(),
  on.hangUp(),
];

/** Where the brain runs is a region of its own: what it adds is explored beside a plain conversation. */
const movingEvents: readonly CallEvent[] = [
  on.handOff,
  on.taken,
  on.refused,
  on.spoke,
  on.began(),
  on.voiceBegan,
  on.heard('transfer'),
  on.transferFailed,
  on.finished(1, 'yes'),
  on.lineLost,
  on.lineResumed,
  on.lineClosed,
  on.hungUp,
  on.conclude(),
  on.hangUp(),
];

describe('every reachable state of the call chart', () => {
  let calls: Exploration;
  let moves: Exploration;
  let dictations: Exploration;
  const lost: string[] = [];
  const all = () => [...calls.states, ...moves.states, ...dictations.states];
  const unended = () => all().filter(({ snapshot }) => snapshot.status === 'active');
  const during = () => unended().filter(({ snapshot }) => !snapshot.matches('wrappingUp'));
  const live = () => unended().filter(({ snapshot }) => snapshot.hasTag('live'));

  beforeAll(() => {
    calls = explore('cloud', everyEvent, noteLostWords);
    moves = explore('edge', movingEvents, noteLostWords);
    dictations = explore('cloud', dictatingEvents, noteLostWords);
  });

  /** The words a step takes off the list, other than those a reply has taken up. */
  function noteLostWords(state: State, event: CallEvent, _: Step, after: State['snapshot']) {
    const { unanswered, answering } = state.snapshot.context;
    const said = event.type === 'caller.finished' ? [...unanswered, event.utterance] : unanswered;
    const gone = said.filter(id => !after.context.unanswered.includes(id));
    const isHeard = event.type === 'voice.began' || event.type === 'reply.chose';
    if (gone.some(id => !isHeard || !answering.includes(id)) && !isPersons(state, event))
      lost.push(`${wayTo(state)} → ${event.type}`);
  }

  /** A person has taken the agent's place, and hears and answers it. */
  function isPersons({ snapshot }: State, { type }: CallEvent): boolean {
    if (type === 'supervisor.tookOver' || type === 'supervisor.returned') return true;
    return type === 'caller.finished' && snapshot.matches({ live: { floor: { takenOver: 'attended' } } });
  }

  it('leaves nothing of the chart unexplored', () => {
    const edges = allEdges(inertMachine.root);
    const missing = edges
      .filter(edge => ![calls, moves, dictations].some(({ taken }) => taken.has(edge)))
      .map(describeEdge);
    expect(missing).toEqual([]);
    expect(calls.states.length).toBeGreaterThan(1_000);
  });

  it('wraps up when the caller hangs up, and then ends', () => {
    expect(
      during()
        .filter(state => !leadsTo(state, 'caller.hungUp', 'wrappingUp'))
        .map(wayTo),
    ).toEqual([]);
    const wrapping = unended().filter(({ snapshot }) => snapshot.matches('wrappingUp'));
    for (const event of ['line.closed', 'xstate.after.wrapUpTimeout.call.wrappingUp'])
      expect(wrapping.filter(state => !leadsTo(state, event, 'ended')).map(wayTo)).toEqual([]);
  });

  it('starts the closing of the line once, and gives one output', () => {
    const ends = all().filter(({ snapshot }) => snapshot.status === 'done');
    expect(ends.filter(({ snapshot }) => !snapshot.matches('ended') || !snapshot.output).map(wayTo)).toEqual(
      [],
    );
    const wrong = unended().filter(({ snapshot, steps }) =>
      steps.some(({ started, to }) => {
        const isWrapping = to.snapshot.matches('wrappingUp') && !snapshot.matches('wrappingUp');
        return started.filter(id => id === 'closing').length !== (isWrapping ? 1 : 0);
      }),
    );
    expect(wrong.map(wayTo)).toEqual([]);
  });

  it('obeys when it is told to hang up or to say goodbye, and when the line is lost', () => {
    expect(
      during()
        .filter(state => !leadsTo(state, 'call.hangUp', 'wrappingUp'))
        .map(wayTo),
    ).toEqual([]);
    const deaf = during().filter(
      state =>
        !leadsTo(state, 'call.conclude', 'wrappingUp') &&
        !stepsBy(state, 'call.conclude').some(
          ({ to: { snapshot } }) =>
            snapshot.matches({ live: { floor: { replying: 'thinking' }, limits: 'closing' } }) &&
            snapshot.context.purpose === 'farewell',
        ),
    );
    expect(deaf.map(wayTo)).toEqual([]);
    const careless = live().filter(
      state =>
        !state.snapshot.matches({ live: { floor: 'onHold' } }) &&
        !stepsBy(state, 'line.lost').some(({ to }) =>
          to.snapshot.matches({ live: { floor: 'onHold', line: 'lost' } }),
        ),
    );
    expect(careless.map(wayTo)).toEqual([]);
  });

  it('has a deadline of its own that leads somewhere else', () => {
    const endless = unended().filter(
      state =>
        !state.steps.some(
          ({ event, to }) =>
            to !== state && /^xstate\.after\.\w+\.call\.(live\.floor|transferring|wrappingUp)/.test(event),
        ),
    );
    expect(endless.map(wayTo)).toEqual([]);
  });

  it('comes to an end if nothing but time passes, whatever the order of the timers', () => {
    // Deadlines of the whole call are left out: without them too there must be no way round in circles.
    const timers = (state: State) =>
      state.steps.filter(
        ({ event, to }) =>
          event.startsWith('xstate.after') && !/longestCall|closingGrace/.test(event) && to !== state,
      );
    const circles: string[] = [];
    const done = new Set<State>();
    const walk = (start: State) => {
      const path: { state: State; next: number }[] = [{ state: start, next: 0 }];
      const open = new Set([start]);
      for (let top = path.at(-1); top; top = path.at(-1)) {
        const step = timers(top.state)[top.next++];
        if (!step) {
          if (timers(top.state).length === 0 && top.state.snapshot.status === 'active')
            circles.push(wayTo(top.state));
          done.add(top.state);
          open.delete(top.state);
          path.pop();
        } else if (open.has(step.to)) circles.push(`${wayTo(top.state)} → ${step.event} ⇒ ${step.to.key}`);
        else if (!done.has(step.to)) {
          open.add(step.to);
          path.push({ state: step.to, next: 0 });
        }
      }
    };
    for (const state of all()) if (!done.has(state)) walk(state);
    expect(circles).toEqual([]);
  });

  it('loses no final transcript: only a reply that is heard or chooses, or a person who took over, takes it off the list', () => {
    expect(lost).toEqual([]);
  });

  it('silences the agent first when the caller speaks where that may interrupt', () => {
    const rude = unended().filter(
      state =>
        state.snapshot.hasTag('interruptible') &&
        stepsBy(state, 'caller.spoke').every(({ actions }) => actions[0] !== 'interruptAgent'),
    );
    expect(rude.map(wayTo)).toEqual([]);
  });

  it('lets the agent be heard again only in a new turn', () => {
    const interrupted = unended()
      .filter(({ snapshot }) => snapshot.hasTag('interruptible'))
      .flatMap(state => stepsBy(state, 'caller.spoke').map(({ to }) => to));
    const within = withinTurn(interrupted, () => true);
    expect(within.filter(({ snapshot }) => snapshot.hasTag('agentTalking')).map(wayTo)).toEqual([]);
  });

  it('runs no tool and moves no flow for a reply that is only a guess', () => {
    const guessing = unended().filter(({ snapshot }) =>
      snapshot.matches({ live: { floor: { replying: 'speculating' } } }),
    );
    const uncertain = withinTurn(guessing, ({ event }) => !event.startsWith('caller.finished'));
    const rash = uncertain.filter(({ steps }) =>
      steps.some(
        ({ event, opensTurn, started, told }) =>
          !event.startsWith('caller.finished') &&
          !opensTurn &&
          (started.includes('tools') || told.some(message => message.startsWith('flow '))),
      ),
    );
    expect(guessing.length).toBeGreaterThan(0);
    expect(rash.map(wayTo)).toEqual([]);
  });

  it('starts exactly one reply for every turn it opens, and none otherwise', () => {
    const wrong = unended().flatMap(state =>
      state.steps
        .filter(({ opensTurn, started }) => opensTurn !== started.includes('reply'))
        .map(({ event }) => `${wayTo(state)} → ${event}`),
    );
    expect(wrong).toEqual([]);
  });

  it('never stops with an error', () => {
    expect(
      all()
        .filter(({ snapshot }) => snapshot.status === 'error')
        .map(wayTo),
    ).toEqual([]);
  });
});

function stepsBy(state: State, event: string): Step[] {
  return state.steps.filter(step => step.event === event);
}

function leadsTo(state: State, event: string, target: 'wrappingUp' | 'ended'): boolean {
  const steps = stepsBy(state, event);
  return steps.length > 0 && steps.every(({ to }) => to.snapshot.matches(target));
}

/** Everything that can be reached without opening another turn. */
function withinTurn(from: readonly State[], follows: (step: Step) => boolean): State[] {
  const found = new Set(from);
  for (const state of found)
    for (const step of state.steps) if (!step.opensTurn && follows(step)) found.add(step.to);
  return [...found];
}

function allEdges(node: AnyStateNode): AnyTransitionDefinition[] {
  return [
    ...[...node.transitions.values()].flat(),
    ...(node.always ?? []),
    ...Object.values(node.states).flatMap(allEdges),
  ];
}

function describeEdge({ source, eventType, target, guard }: AnyTransitionDefinition): string {
  return `${source.id} --${eventType || 'always'}${guard ? `[${JSON.stringify(guard)}]` : ''}→ ${target?.map(({ id }) => id) ?? 'stays'}`;
}
