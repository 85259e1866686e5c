import { describe, expect, it } from 'vitest';
import {
  chanceIsInjected,
  commonJsByDefaultImport,
  filesAreShort,
  importsGoOneWay,
  noCycles,
  type Rule,
  timeIsInjected,
} from './rules.ts';
import { readSources } from './source-code.ts';

const house = readSources(new URL('../../', import.meta.url));

/** What the rule finds in a house of one file. */
function breaks(rule: Rule, file: string, text: string): string[] {
  return rule(new Map([[file, text]]));
}

it('there is a house to look at', () => {
  expect([...house.keys()]).toEqual(expect.arrayContaining(['machines/flow.ts', 'runtime/ports.ts']));
});

describe('imports go one way', () => {
  it('in every file', () => {
    expect(importsGoOneWay(house)).toEqual([]);
  });

  it.each([
    ['machines/call.ts', "import type { Clock } from '../runtime/clock.ts';"],
    ['machines/call.ts', "import { readFileSync } from 'node:fs';"],
    ['machines/call.ts', "export * from 'zod';"],
    ['machines/flows/order.ts', "import { callMachine } from '../call.ts';"],
    ['runtime/host.ts', "import { serve } from '../src/server.ts';"],
    ['runtime/host.ts', "import {\n  type Pool,\n} from 'pg';"],
    ['runtime/host.ts', "const { Queue } = await import('bullmq');"],
    ['runtime/edge/worker.ts', "import pino from 'pino';"],
    ['src/server.ts', "import '../visualizations/console/page.ts';"],
    ['src/server.ts', "import { fake } from '../test/harness/fake.ts';"],
    ['visualizations/console/page.ts', "import { callMachine } from '../../machines/call.ts';"],
    ['visualizations/console/page.ts', "import xstate from 'xstate';"],
  ])('is broken by %s with %s', (file, text) => {
    expect(breaks(importsGoOneWay, file, text)).toHaveLength(1);
  });

  it.each([
    ['machines/call.ts', "// import { x } from 'zod';\nimport { setup } from 'xstate';"],
    ['machines/call.ts', `const line = \`import x from "zod" and \${\`import('zod')\`} too\`;`],
    ['machines/flows/order.ts', "import type { FlowContext } from '../flow.ts';"],
    ['runtime/edge/worker.ts', "import { DurableObject } from 'cloudflare:workers';"],
    ['runtime/cloud/server.ts', "import uWS from 'uWebSockets.js';\nimport { setup } from 'xstate/graph';"],
    ['test/a.test.ts', "import { anything } from '../src/anything.ts';"],
  ])('holds in %s with %s', (file, text) => {
    expect(breaks(importsGoOneWay, file, text)).toEqual([]);
  });

  it('is explained with the place and with what is allowed', () => {
    expect(breaks(importsGoOneWay, 'runtime/host.ts', "\nimport { Pool } from 'pg';")).toEqual([
      'runtime/host.ts:2 imports pg; runtime/ may import machines/, node:, xstate, uWebSockets.js and ws only; providers come in through its ports.',
    ]);
  });
});

describe('no file imports itself by way of others', () => {
  it('in the house', () => {
    expect(noCycles(house)).toEqual([]);
  });

  it('is broken by a circle of three, named in order', () => {
    const circle = new Map([
      ['src/a.ts', "import './b.ts';"],
      ['src/b.ts', "import type { C } from './c.ts';"],
      ['src/c.ts', "export { a } from './a.ts';"],
      ['src/d.ts', "import './a.ts';"],
    ]);
    expect(noCycles(circle)).toEqual([
      'src/a.ts → src/b.ts → src/c.ts → src/a.ts: move what both need to a third file.',
    ]);
  });
});

describe('uWebSockets.js and twilio are imported by their default', () => {
  it('in every file', () => {
    expect(commonJsByDefaultImport(house)).toEqual([]);
  });

  it.each([
    'import { App } from "uWebSockets.js";',
    "import * as twilio from 'twilio';",
    "export { jwt } from 'twilio';",
  ])('is broken by %s', text => {
    expect(breaks(commonJsByDefaultImport, 'src/a.ts', text)).toHaveLength(1);
  });

  it.each([
    "import twilio from 'twilio';",
    "import type { WebSocket } from 'uWebSockets.js';",
    "await import('twilio')",
  ])('holds in %s', text => {
    expect(breaks(commonJsByDefaultImport, 'src/a.ts', text)).toEqual([]);
  });
});

describe('a file has at most 400 lines', () => {
  it('in the house', () => {
    expect(filesAreShort(house)).toEqual([]);
  });

  it('is broken by 401 lines, unless they are a chart', () => {
    const long = 'x;\n'.repeat(401);
    expect(breaks(filesAreShort, 'src/a.ts', long)).toEqual([
      'src/a.ts has 401 lines; split it, 400 is the most.',
    ]);
    expect(breaks(filesAreShort, 'src/a.ts', 'x;\n'.repeat(400))).toEqual([]);
    expect(breaks(filesAreShort, 'machines/call.ts', `setup({}).createMachine({\n${long}`)).toEqual([]);
    expect(breaks(filesAreShort, 'src/a.ts', `setup({}).createMachine({\n${long}`)).toHaveLength(1);
  });
});

describe('time comes from a clock', () => {
  it('in machines/ and runtime/', () => {
    expect(timeIsInjected(house)).toEqual([]);
  });

  it.each([
    ['machines/call.ts', 'const at = Date.now();'],
    ['machines/call.ts', `const at = \`\${Date.now()}\`;`],
    ['runtime/host.ts', 'setTimeout(() => {}, 5);'],
    ['runtime/host.ts', 'const at = new Date().toISOString();'],
    ['runtime/media/line.ts', 'const at = performance.now();'],
  ])('is broken by %s with %s', (file, text) => {
    expect(breaks(timeIsInjected, file, text)).toHaveLength(1);
  });

  it.each([
    ['runtime/clock.ts', 'setTimeout(run, delayMs); Date.now();'],
    ['runtime/host.ts', 'clock.setTimeout(run, 5); // Not Date.now().'],
    ['runtime/host.ts', 'const clock = { setTimeout(run: () => void, ms: number) { return 1; } };'],
    ['runtime/host.ts', 'new Date(clock.wallTime());'],
    ['src/server.ts', 'Date.now();'],
  ])('holds in %s with %s', (file, text) => {
    expect(breaks(timeIsInjected, file, text)).toEqual([]);
  });
});

describe('chance comes from outside', () => {
  it('in machines/ and runtime/', () => {
    expect(chanceIsInjected(house)).toEqual([]);
  });

  it.each([
    ['machines/call.ts', 'Math.random()'],
    ['runtime/host.ts', 'const id = randomUUID();'],
    ['runtime/host.ts', 'crypto.getRandomValues(bytes)'],
  ])('is broken by %s with %s', (file, text) => {
    expect(breaks(chanceIsInjected, file, text)).toHaveLength(1);
  });

  it('holds in the module that ids come from', () => {
    expect(breaks(chanceIsInjected, 'runtime/ids.ts', 'Math.random()')).toEqual([]);
  });
});
