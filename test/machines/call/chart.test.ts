import { describe, expect, it } from 'vitest';
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
});
