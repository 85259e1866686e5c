import { describe, expect, it } from 'vitest';
import { outlineOf } from '../../../src/check/outline.ts';

const source = `import { flow } from '../flow.ts';

/** { not: 'this' } */
const other = { states: { a: {} } };
export const one = flow.createMachine({
  // A comment with { brackets: [ and 'quotes.
  id: 'one',
  'initial': \`a\`,
  states: {
    a: {
      meta: { say: 'It\\'s {fact}: "so", they say.' }, /* , */
      on: {
        'caller.x': [
          { guard: and(['b', 'c']), target: 'b' },
          { target: 'a' },
        ],
      },
      ...spread,
      [computed]: { meta: {} },
      entry({ context }) { return { meta: context }; },
    },
    b: { meta: { say: 'No.' } } as const,
    b: {},
  },
} satisfies object);
`;

describe('the outline of a chart in TypeScript', () => {
  const outline = outlineOf(source);

  it.each([
    [7, ['id']],
    [8, ['initial']],
    [11, ['states', 'a', 'meta', 'say']],
    [13, ['states', 'a', 'on', 'caller.x']],
    [14, ['states', 'a', 'on', 'caller.x', 0, 'guard']],
    [15, ['states', 'a', 'on', 'caller.x', 1, 'target']],
    [23, ['states', 'b']],
  ] as const)('finds line %i for %j', (line, path) => {
    expect(outline.lineOf(path)).toBe(line);
  });

  it('falls back to what is around a key that is not there', () => {
    expect(outline.lineOf(['states', 'a', 'meta', 'ask'])).toBe(11);
    expect(outline.lineOf(['nothing'])).toBe(5);
  });

  it('tells of a key that is written twice', () => {
    expect(outline.repeated).toEqual([['states', 'b']]);
  });
});

it.each([
  '',
  '{',
  '{"a": [1, {"b": }',
  'createMachine({ a: { b: (x => { return "}" })',
  '}}}]]]',
  '{ a: `${',
  "{'",
])('reads what is not well formed to its end: %s', text => {
  expect(outlineOf(text).lineOf(['a'])).toBe(1);
});
