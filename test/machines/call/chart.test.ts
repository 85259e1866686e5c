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

  it('waits for the whole number when the caller keys digits before the answer', () => {
    const run = answering().send(on.keyed, on.keyed);
    expect(replies(run.takeDeeds())).toEqual([]);
    run.send(on.finished(2, '11'));
    expect(replies(run.takeDeeds())).toMatchObject([{ purpose: 'answer', utterances: [1, 2] }]);
  });
});
