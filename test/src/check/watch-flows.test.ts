import { expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { FlowText } from '../../../src/check/flow-text.ts';
import { watchFlows } from '../../../src/check/watch-flows.ts';

async function watchingFlows(texts: Record<string, string>) {
  const clock = new SimulatedClock();
  const told: string[][] = [];
  const errors: unknown[] = [];
  const open = new Set<string>();
  let onWritten = () => {};
  let reads: (() => FlowText[]) | null = null;
  const files = () => Object.entries(texts).map(([file, text]) => ({ name: file, file, text }));

  const watched = await watchFlows(['/flows', '/flows/parts'], {
    clock,
    read: async () => (reads ? reads() : files()),
    onChange: async changed => void told.push(changed.map(({ file }) => file)),
    onError: error => errors.push(error),
    watchFolder(folder, listener) {
      onWritten = listener;
      open.add(folder);
      return { close: () => open.delete(folder) };
    },
  });
  return {
    clock,
    told,
    errors,
    open,
    watched,
    written: () => onWritten(),
    failOnce() {
      reads = () => {
        reads = null;
        throw new Error('gone');
      };
    },
    async settle(ms = 1000) {
      await clock.advance(ms);
      await new Promise(resolve => setImmediate(resolve));
    },
  };
}

it('tells all flows at first, and then each one that is written, once it is settled', async () => {
  const texts: Record<string, string> = { '/flows/a.ts': 'a', '/flows/b.ts': 'b' };
  const { told, written, settle } = await watchingFlows(texts);
  expect(told).toEqual([['/flows/a.ts', '/flows/b.ts']]);

  texts['/flows/b.ts'] = '';
  written();
  await settle(20);
  texts['/flows/b.ts'] = 'b2';
  written();
  await settle(20);
  expect(told).toHaveLength(1);
  await settle();
  expect(told.slice(1)).toEqual([['/flows/b.ts']]);
});

it('says nothing of a file that is written as it was', async () => {
  const { told, written, settle } = await watchingFlows({ '/flows/a.ts': 'a' });
  written();
  await settle();
  expect(told).toHaveLength(1);
});

it('tells all flows when a part has changed, since any may hold it', async () => {
  const texts: Record<string, string> = { '/flows/a.ts': 'a', '/flows/b.ts': 'b', '/flows/parts/p.ts': 'p' };
  const { told, written, settle } = await watchingFlows(texts);
  texts['/flows/parts/p.ts'] = 'p2';
  written();
  await settle();
  expect(told[1]).toEqual(['/flows/a.ts', '/flows/b.ts', '/flows/parts/p.ts']);
});

it('goes on after files that could not be read', async () => {
  const texts: Record<string, string> = { '/flows/a.ts': 'a' };
  const { told, errors, written, failOnce, settle } = await watchingFlows(texts);
  texts['/flows/a.ts'] = 'a2';
  failOnce();
  written();
  await settle();
  expect(errors).toEqual([new Error('gone')]);
  written();
  await settle();
  expect(told[1]).toEqual(['/flows/a.ts']);
});

it('watches nothing any more once it is closed, and tells no change that was settling', async () => {
  const texts: Record<string, string> = { '/flows/a.ts': 'a' };
  const { told, open, watched, written, settle } = await watchingFlows(texts);
  texts['/flows/a.ts'] = 'a2';
  written();
  watched.close();
  await settle();
  expect([...open]).toEqual([]);
  expect(told).toHaveLength(1);
});
