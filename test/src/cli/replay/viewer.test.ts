import { beforeAll, describe, expect, it } from 'vitest';
import { orderStatus } from '../../../../machines/flows/order-status.ts';
import { openViewer, press, screen, type Viewer } from '../../../../src/cli/replay/viewer.ts';
import { type CallStep, stepsOf } from '../../../../src/replay/steps.ts';
import { record } from '../../replay/recorded.ts';

let steps: readonly CallStep[];
beforeAll(async () => {
  ({ steps } = stepsOf(await record(['one zero two four.', 'yes.', 'no thanks.']), orderStatus));
});

/** Presses keys by name; any other text is typed. */
function pressed(viewer: Viewer, ...keys: string[]): Viewer {
  const named = /^(right|left|home|end|pagedown|pageup|return|escape|backspace|[a-z])$/;
  return keys
    .flatMap(key => (named.test(key) || key.length === 1 ? [key] : [...key]))
    .reduce(
      (at: Viewer, key) => press(at, named.test(key) ? { name: key, sequence: key } : { sequence: key })!,
      viewer,
    );
}

const size = { columns: 100, rows: 30 };

describe('the viewer of a call', () => {
  it('comes back to exactly the screens it came from', () => {
    const forth = [openViewer('call', steps)];
    while (forth.length < steps.length) forth.push(pressed(forth.at(-1)!, 'right'));
    let viewer = pressed(forth.at(-1)!, 'n');
    for (const before of forth.toReversed()) {
      expect(screen(viewer, size)).toEqual(screen(before, size));
      viewer = pressed(viewer, 'left');
    }
    expect(viewer.at).toBe(0);
  });

  it('shows where call and flow are, what was said, what is known and what is open', () => {
    const heard = steps.findIndex(({ event }) => event === 'caller.finished');
    const shown = screen({ ...openViewer('call', steps), at: heard }, { columns: 120, rows: 60 }).join('\n');

    expect(shown).toMatch(/^>.*caller\.finished +floor\.replying\.thinking +takingNumber\.greeting$/m);
    expect(shown).toContain('caller   “one zero two four” (voice, 0.90)');
    expect(shown).toMatch(/open\n {2}caller\.needsTime .*\n {2}caller\.saysNumber/);
    expect(screen(pressed({ ...openViewer('call', steps), at: heard }, 'n'), size).join('\n')).toContain(
      'facts    orderNumber=1024',
    );
  });

  it('fits any terminal', () => {
    for (const rows of [8, 9, 12, 24, 80])
      for (const columns of [20, 80])
        for (let at = 0; at < steps.length; at += 7) {
          const lines = screen({ ...openViewer('call', steps), at }, { columns, rows });
          expect(lines).toHaveLength(rows);
          expect(Math.max(...lines.map(line => [...line].length))).toBeLessThanOrEqual(columns);
          expect(lines.some(line => line.startsWith('>'))).toBe(true);
        }
  });

  it('goes to a turn, and says so when there is none', () => {
    const there = pressed(openViewer('call', steps), 'g', '3', 'return');
    expect(steps[there.at]?.turn).toBe(3);
    expect(steps[there.at - 1]?.turn).toBe(2);

    const nowhere = pressed(there, 'g', '9', '9', 'backspace', '8', 'return');
    expect(nowhere).toMatchObject({ at: there.at, message: 'There is no turn 98: the call has 4.' });
    expect(screen(nowhere, size).at(-1)).toBe(nowhere.message);
    expect(pressed(nowhere, 'right').message).toBe('');
  });

  it('searches on from where it is, round the end, and again without typing', () => {
    const first = pressed(openViewer('call', steps), '/', 'LookUpOrder', 'return');
    expect(steps[first.at]?.event).toBe('reply.requestedTools');
    const second = pressed(first, '/', 'return');
    expect(steps[second.at]?.event).toBe('tools.finished');
    expect(pressed(second, '/', 'return').at).toBe(first.at);
    expect(pressed(first, '/', 'xyz', 'escape')).toMatchObject({ at: first.at, prompt: null });
    expect(pressed(first, '/', 'xyz', 'return').message).toBe('“xyz” is nowhere in the call.');
  });

  it('is left by q and by Ctrl-C, even while typing', () => {
    const viewer = openViewer('call', steps);
    expect(press(viewer, { name: 'q', sequence: 'q' })).toBeNull();
    expect(press(pressed(viewer, '/'), { name: 'c', ctrl: true })).toBeNull();
    expect(press(pressed(viewer, '/'), { name: 'q', sequence: 'q' })?.prompt?.typed).toBe('q');
  });

  it('never passes a caller’s control characters on to the terminal', () => {
    const told = {
      type: 'caller.finished',
      utterance: 1,
      text: 'a\u001b[2Jb',
      confidence: 1,
      by: 'voice',
    } as const;
    const nasty = [{ ...steps[0]!, told }, ...steps.slice(1)];
    const shown = screen(openViewer('call', nasty), size).join('');
    expect(shown).toContain('“a [2Jb”');
    expect(shown).not.toContain('\u001b');
  });
});
