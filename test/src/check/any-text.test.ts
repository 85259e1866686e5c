import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkFile } from '../../../src/check/check-flow.ts';
import { readFlowText } from '../../../src/check/flow-text.ts';
import { soundFlow, soundPart, soundTools } from './sound-flow.ts';

type Path = (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function spoil(config: object, path: Path, value: unknown): unknown {
  if (path.length === 0) return value;
  const copy = structuredClone(config);
  // biome-ignore lint/suspicious/noExplicitAny: whatever is there is replaced.
  const holder = path.slice(0, -1).reduce<any>((inner, key) => inner[key], copy);
  if (value === undefined) delete holder[path.at(-1)!];
  else holder[path.at(-1)!] = value;
  return copy;
}

async function check(flowText: string, partText: string) {
  const flow = await readFlowText({ name: 'visits', file: '/flows/visits.json', text: flowText });
  const part = await readFlowText({ name: 'identify', file: '/flows/parts/identify.json', text: partText });
  const world = { tools: soundTools, parts: new Map([[part.name, part]]) };
  return [...checkFile(flow, false, world), ...checkFile(part, true, world)];
}

const strangeValue = fc.oneof(
  fc.constant(undefined),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    '',
    '.',
    '#',
    '#visits',
    '#visits.',
    '.choosing',
    '@',
    '{',
    '{day',
    'final',
    'history',
    'parallel',
    'identify',
    [],
    {},
    [[]],
    [{}],
    { '*': {} },
    { en: [] },
  ),
);

it('finds something or nothing, and never throws, whatever value of a flow or of its part is replaced', async () => {
  const spots = [
    ...pathsOf(soundFlow).map(path => ({ of: 'flow', path })),
    ...pathsOf(soundPart).map(path => ({ of: 'part', path })),
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...spots), strangeValue, async ({ of, path }, value) => {
      const [flow, part] =
        of === 'flow'
          ? [spoil(soundFlow, path, value), soundPart]
          : [soundFlow, spoil(soundPart, path, value)];
      const findings = await check(JSON.stringify(flow) ?? '', JSON.stringify(part) ?? '');
      for (const { line, problem, mend } of findings) {
        expect(line).toBeGreaterThan(0);
        expect(problem).not.toMatch(/undefined|\[object/);
        expect(mend).not.toBe('');
      }
    }),
    { numRuns: 100 },
  );
});

it('never throws on a text that breaks off', async () => {
  const text = JSON.stringify(soundFlow, null, 1);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: text.length - 1 }), async length => {
      const findings = await check(text.slice(0, length), JSON.stringify(soundPart));
      expect(findings[0]).toMatchObject({ rule: 'syntax', severity: 'error' });
    }),
  );
});
