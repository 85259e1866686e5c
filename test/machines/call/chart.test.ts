import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../../machines/call-events.ts';
import { ChartRun, type Deed, modes } from './chart-run.ts';
import * as on from './events.ts';

const replies = (deeds: readonly Deed[]) =>
  deeds.flatMap(deed => (deed.did === 'startReply' ? [deed.input] : []));

describe.each(modes)('the call chart, %s', mode => {
  function answering() {
    const run = new ChartRun(mode).send(...on.greeted, on.finished(1));
    run.takeDeeds();
    return run;
  }

  it('thinks again, with all words, when the caller says more before the answer', () => {
    const run = answering().send(on.finished(2));
    expect(replies(run.takeDeeds())).toMatchObject([{ purpose: 'answer', utterances: [1, 2] }]);
    expect(run.floor).toBe('replying.thinking');
  });

  it('thinks again when the caller finished with other words than it guessed', () => {
    const run = new ChartRun(mode).send(...on.greeted, on.spoke, on.mayHaveFinished('yes'));
    run.takeDeeds();
    run.send(on.finished(1, 'yes but'));
    expect(replies(run.takeDeeds())).toMatchObject([
      { purpose: 'answer', utterances: [1], speculatedText: null },
    ]);
  });

  /** The caller has begun a thought, the agent waits for the rest, and guesses that it has come. */
  function guessingTheRest() {
    const run = answering().send(on.waits);
    expect(run.floor).toBe('waitingForMore.pausing');
    run.takeDeeds();
    run.send(on.spoke, on.paused, on.mayHaveFinished('one zero'));
    return run;
  }

  it('prepares an answer to both pieces on a guess that the awaited rest has come', () => {
    const run = guessingTheRest();
    expect(run.floor).toBe('replying.speculating');
    expect(replies(run.takeDeeds())).toMatchObject([{ utterances: [1], speculatedText: 'one zero' }]);
    run.send(on.finished(2, 'one zero'));
    expect(run.takeDeeds()).toContainEqual({
      did: 'tellReply',
      command: { type: 'commit', utterances: [1, 2] },
    });
    expect([run.floor, run.context.answering]).toEqual(['replying.thinking', [1, 2]]);
  });

  const takenBack: [string, CallEvent, string][] = [
    ['the caller went on', on.wentOn, 'waitingForMore.hearing'],
    ['the caller speaks again', on.spoke, 'waitingForMore.hearing'],
    ['the caller keys digits', on.keyed, 'waitingForMore.pausing'],
    ['the reply fails', on.failed, 'waitingForMore.pausing'],
  ];
  it.each(takenBack)('goes on waiting for more when %s after such a guess', (_, event, floor) => {
    const run = guessingTheRest();
    run.takeDeeds();
    run.send(event);
    expect([run.floor, run.context.unanswered]).toEqual([floor, [1]]);
    expect(run.takeDeeds()).toContainEqual(expect.objectContaining({ did: 'stopReply' }));
    run.send(on.spoke, on.paused, on.finished(2, 'one zero two four'));
    expect(replies(run.takeDeeds())).toMatchObject([{ utterances: [1, 2], speculatedText: null }]);
  });

  it('asks again, and does not fall silent, when the ears give up on words that a reply was prepared for', () => {
    const run = new ChartRun(mode).send(...on.greeted);
    run.send(on.spoke, on.paused, on.mayHaveFinished('one zero'));
    expect(run.floor).toBe('replying.speculating');
    run.takeDeeds();
    run.send(on.unclear);
    expect(run.floor).toBe('replying.thinking');
    expect(replies(run.takeDeeds())).toMatchObject([{ purpose: 'askAgain' }]);
  });

  it('answers the first piece when the ears give up on the rest that a reply was prepared for', () => {
    const run = guessingTheRest();
    run.takeDeeds();
    run.send(on.unclear);
    expect(replies(run.takeDeeds())).toMatchObject([{ purpose: 'answer', utterances: [1] }]);
  });

  it('answers what there is when such a guess is neither confirmed nor withdrawn', () => {
    const run = guessingTheRest();
    run.takeDeeds();
    run.pass(5_000);
    expect(run.floor).toBe('waitingForMore.pausing');
    run.pass(2_500);
    expect(replies(run.takeDeeds())).toMatchObject([{ utterances: [1], mayWait: false }]);
  });

  it('begins the apology as a reply of its own when the first words never come', () => {
    for (const run of [new ChartRun(mode), answering()]) {
      run.takeDeeds();
      run.pass(12_000);
      expect(replies(run.takeDeeds())).toMatchObject([{ purpose: 'apology' }]);
    }
  });

  it('begins the apology as a reply of its own when a tool never answers', () => {
    const run = answering().send(on.requestedTools);
    run.takeDeeds();
    run.pass(20_000);
    expect(replies(run.takeDeeds())).toMatchObject([{ purpose: 'apology' }]);
  });

  it('stays in its last seconds once a limit is reached, and ends with them', () => {
    const run = new ChartRun(mode).send(...on.greeted, on.budgetExceeded);
    expect(run.region('limits')).toBe('closing');
    run.pass(30_000);
    expect(run.floor).toBe('wrappingUp');
  });

  it('keeps the line and the placement as they are when a limit is reached', () => {
    const run = new ChartRun(mode, 'edge').send(
      ...on.greeted,
      on.handOff,
      on.taken,
      on.lineLost,
      on.lineResumed,
    );
    run.send(on.budgetExceeded);
    expect([run.region('placement'), run.region('line')]).toEqual(['cloud', 'resumed']);
  });

  it('apologises three times for a model that keeps failing, then ends the call', () => {
    const run = answering();
    for (let apology = 1; apology <= 3; apology++) {
      run.send(on.failed).pass(apology === 1 ? 0 : 1_500);
      expect(replies(run.takeDeeds()).at(-1)).toMatchObject({ purpose: 'apology' });
      run.send(on.voiceBegan, on.heard());
      expect(replies(run.takeDeeds())).toMatchObject([{ purpose: 'answer', utterances: [1] }]);
    }
    run.send(on.failed).pass(1_500).send(on.lineClosed);
    expect(run.outputs).toEqual([{ callId: 'call-1', outcome: 'providersFailed', unanswered: [1] }]);
  });

  it('takes a reply without a word for a failure', () => {
    const run = answering().send(on.heard());
    expect(replies(run.takeDeeds())).toMatchObject([{ purpose: 'apology' }]);
    expect(run.context.unanswered).toEqual([1]);
  });

  it('silences a filler when the model wants to hear the rest first', () => {
    const run = answering().pass(2_500);
    run.takeDeeds();
    expect(run.send(on.waits).takeDeeds()).toContainEqual({ did: 'interruptAgent' });
  });

  it('says goodbye again, and means it, when a noise cut the farewell off', () => {
    const run = new ChartRun(mode).send(...on.greeted, on.conclude(), on.voiceBegan, on.spoke);
    run.takeDeeds();
    run.send(on.unclear);
    expect(replies(run.takeDeeds())).toMatchObject([{ purpose: 'farewell' }]);
  });

  it('runs the tool of a flow that opens with one', () => {
    const run = new ChartRun(mode).send(on.requestedTools);
    expect(run.takeDeeds()).toContainEqual(expect.objectContaining({ did: 'startTools' }));
  });

  it('takes words for answered that were heard while the tool ran', () => {
    const run = answering().send(on.requestedTools, on.voiceBegan);
    expect(run.context.unanswered).toEqual([]);
  });

  it('still ends a call that was told to, after nobody took it over', () => {
    const run = new ChartRun(mode).send(...on.greeted, on.finished(1), on.conclude(), on.heard('transfer'));
    run.send(on.transferFailed);
    expect(run.region('limits')).toBe('closing');
    run.pass(30_000);
    expect(run.floor).toBe('wrappingUp');
  });

  it('counts the longest call once, whoever it was passed to meanwhile', () => {
    const run = new ChartRun(mode).send(...on.greeted);
    while (run.clock.now() < 3_500_000) {
      run.send(on.finished(1), on.voiceBegan).pass(100_000);
      run.send(on.heard('transfer'), on.transferFailed, on.voiceBegan, on.heard());
    }
    expect(run.context.outcome).toBe(null);
    run.send(on.finished(1), on.voiceBegan).pass(3_600_000 - run.clock.now());
    expect(run.context.outcome).toBe('tooLong');
  });

  it('stays in the cloud after nobody took the call over', () => {
    const run = new ChartRun(mode, 'edge').send(...on.greeted, on.handOff, on.taken, on.finished(1));
    run.send(on.voiceBegan, on.heard('transfer'), on.transferFailed);
    expect(run.region('placement')).toBe('cloud');
  });

  it('lets the caller go on who speaks again after words that came too early', () => {
    const run = answering().send(on.requestedTools, on.finished(2), on.toolsFinished, on.voiceBegan);
    run.takeDeeds();
    run.send(on.spoke);
    expect([run.floor, replies(run.takeDeeds())]).toEqual(['waitingForMore.hearing', []]);
    run.send(on.paused, on.finished(3));
    expect(replies(run.takeDeeds())).toMatchObject([{ purpose: 'answer', utterances: [2, 3] }]);
  });

  describe('with a supervisor', () => {
    const floors: [string, readonly CallEvent[]][] = [
      ['the greeting', []],
      ['listening', on.greeted],
      ['a guess', [...on.greeted, on.spoke, on.mayHaveFinished('yes')]],
      ['thinking', [...on.greeted, on.finished(1)]],
      ['a tool', [...on.greeted, on.finished(1), on.requestedTools]],
      ['the agent’s words', [...on.greeted, on.finished(1), on.voiceBegan]],
      ['a disclosure', [on.began(true), on.voiceBegan]],
      ['the wait for more', [...on.greeted, on.finished(1), on.waits]],
      ['a barge-in', [...on.greeted, on.finished(1), on.voiceBegan, on.spoke]],
    ];
    it.each(floors)('lets a person take over from %s, and the agent is silent at once', (_, events) => {
      const run = new ChartRun(mode).send(...events);
      run.takeDeeds();
      run.send(on.tookOver);
      expect(run.floor).toBe('takenOver.attended');
      const deeds = run.takeDeeds().filter(({ did }) => did !== 'stopReply' && did !== 'stopTools');
      expect(deeds).toEqual([{ did: 'interruptAgent' }, { did: 'takeFloor', floor: 'takenOver' }]);
    });

    it('says nothing while a person has the floor, whatever the caller does', () => {
      const run = new ChartRun(mode).send(...on.greeted, on.tookOver);
      run.takeDeeds();
      run.send(
        on.spoke,
        on.paused,
        on.mayHaveFinished('no'),
        on.wentOn,
        on.finished(1),
        on.unclear,
        on.keyed,
      );
      run.send(on.hearingFailed).pass(1_700_000);
      expect([run.floor, run.takeDeeds(), run.context.unanswered]).toEqual(['takenOver.attended', [], []]);
    });

    it('carries on with a word of its own and the flow’s question when the call is given back', () => {
      const run = new ChartRun(mode).send(...on.greeted, on.tookOver, on.finished(1));
      run.takeDeeds();
      expect(replies(run.send(on.gaveBack).takeDeeds())).toMatchObject([{ purpose: 'givenBack' }]);
    });

    it('waits for a person whose connection broke off, and then answers what was said meanwhile', () => {
      const run = new ChartRun(mode).send(...on.greeted, on.tookOver, on.left);
      run.pass(9_000).send(on.returned).pass(60_000);
      expect(run.floor).toBe('takenOver.attended');
      run.send(on.left, on.finished(1));
      run.takeDeeds();
      expect(replies(run.pass(10_000).takeDeeds())).toMatchObject([{ purpose: 'answer', utterances: [1] }]);
    });

    it('carries on when a person who left does not come back, or forgets the caller', () => {
      const left = new ChartRun(mode).send(...on.greeted, on.tookOver, on.left);
      left.takeDeeds();
      expect(replies(left.pass(10_000).takeDeeds())).toMatchObject([{ purpose: 'givenBack' }]);
      const forgotten = new ChartRun(mode).send(...on.greeted, on.tookOver);
      forgotten.takeDeeds();
      expect(replies(forgotten.pass(1_800_000).takeDeeds())).toMatchObject([{ purpose: 'givenBack' }]);
    });

    it('gives the caller back to the person who had taken over when a lost line returns', () => {
      const lost = () => new ChartRun(mode).send(...on.greeted, on.tookOver, on.lineLost);
      expect(lost().send(on.lineResumed).floor).toBe('takenOver.attended');
      expect(lost().send(on.left, on.lineResumed).floor).toBe('replying.thinking');
      expect(lost().send(on.gaveBack, on.lineResumed).floor).toBe('replying.thinking');
      const onHold = new ChartRun(mode).send(...on.greeted, on.lineLost, on.tookOver);
      expect([onHold.floor, onHold.send(on.lineResumed).floor]).toEqual(['onHold', 'takenOver.attended']);
      onHold.send(on.gaveBack, on.lineLost, on.lineResumed);
      expect(onHold.floor).toBe('replying.thinking');
    });

    it('says each whispered line once, as soon as nobody speaks', () => {
      const run = answering().send(on.whispered(true), on.whispered(true), on.whispered(false));
      expect(replies(run.takeDeeds())).toEqual([]);
      run.send(on.voiceBegan, on.heard());
      expect(replies(run.takeDeeds())).toMatchObject([{ purpose: 'supervisor' }]);
      run.send(on.voiceBegan, on.heard());
      expect(replies(run.takeDeeds())).toMatchObject([{ purpose: 'supervisor' }]);
      run.send(on.voiceBegan, on.heard());
      expect([run.floor, replies(run.takeDeeds())]).toEqual(['listening.quiet', []]);
    });

    it('passes the caller on at once when told to, and carries on when nobody takes the call', () => {
      const run = answering().send(on.transfer('+12025550199'));
      expect(run.takeDeeds().map(({ did }) => did)).toEqual(['interruptAgent', 'handToPerson', 'stopReply']);
      expect(run.floor).toBe('transferring');
      expect(replies(run.send(on.transferFailed).takeDeeds())).toMatchObject([{ purpose: 'noOneAvailable' }]);
    });
  });

  it('waits for the whole number when the caller keys digits before the answer', () => {
    const run = answering().send(on.keyed, on.keyed);
    expect(replies(run.takeDeeds())).toEqual([]);
    run.send(on.finished(2, '11'));
    expect(replies(run.takeDeeds())).toMatchObject([{ purpose: 'answer', utterances: [1, 2] }]);
  });
});
