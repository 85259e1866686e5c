import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { decidePlacement, type PlacementInput } from '../../../runtime/placement/decide-placement.ts';
import { mayWorkIn, type Strategy } from '../../../runtime/placement/places.ts';
import { anyPlacement, cloudPlace, edgePlace, flowNeeds, placementInput } from './placement-under-test.ts';

const providers = edgePlace().providers;
const support = flowNeeds({ states: 28, modelStates: 2, tools: ['findAdvice', 'testLine'] });
const spanish = { language: 'es', confidence: 0.83, text: '' };

test.each<[situation: string, input: Partial<PlacementInput>, strategy: Strategy, why: string]>([
  [
    'a simple flow',
    {},
    'edge-only',
    'the flow is simple (complexity 0.07: 9 states, 0 tools) and the edge has all that it needs (12 of 100 slots in use)',
  ],
  [
    'a simple flow on a busy edge',
    { edge: edgePlace({ usedSlots: 85 }) },
    'edge-only',
    'the edge has all that it needs (85 of 100 slots in use)',
  ],
  [
    'a tool that the edge has not',
    { flow: flowNeeds({ tools: ['lookUpOrder'] }) },
    'hybrid',
    'the edge lacks the tool lookUpOrder and only the edge begins in time (target 50 ms; the edge adds 25 ms, not measured yet; the cloud adds 80 ms, not measured yet)',
  ],
  [
    'a model that the edge has not',
    { flow: support, latencyTargetMs: null },
    'hybrid',
    'the edge lacks a language model and the tools findAdvice and testLine and begins simply',
  ],
  [
    'a flow of many states',
    { flow: flowNeeds({ states: 40, languages: ['en', 'es', 'fr', 'de'] }) },
    'hybrid',
    'the flow is not simple (complexity 0.40: 40 states, 0 tools, 4 languages)',
  ],
  [
    'the same on a busy edge',
    { flow: support, edge: edgePlace({ usedSlots: 80 }) },
    'cloud-only',
    'the edge is busy (80 of 100 slots in use)',
  ],
  [
    'a complex flow and a cloud that is near',
    {
      flow: flowNeeds({ states: 60, modelStates: 20, tools: ['a', 'b', 'c'] }),
      edge: edgePlace({ providers: { ...providers, model: true, tools: ['a', 'b', 'c'] } }),
      cloud: cloudPlace({ addsMs: 31.4 }),
    },
    'cloud-only',
    'the flow is complex (complexity 0.84: 60 states, 20 with a model, 3 tools) and the cloud is in time (target 50 ms; the edge adds 25 ms, not measured yet; the cloud adds 31 ms, measured)',
  ],
  [
    'a first turn that the edge cannot do',
    { flow: { ...support, opening: { model: true, tools: [] } } },
    'cloud-only',
    'the edge lacks a language model for the very first turn',
  ],
  [
    'a company whose calls stay elsewhere',
    { allowedAreas: ['us', 'uk'] },
    'cloud-only',
    "the company's calls stay in us and uk and the edge works in eu",
  ],
  [
    'an edge that promises no area',
    { allowedAreas: ['eu'], edge: edgePlace({ area: null }) },
    'cloud-only',
    'the edge works in an area that is not known',
  ],
  ['the same and no rule', { edge: edgePlace({ area: null }) }, 'edge-only', 'the flow is simple'],
  [
    'an edge without free slots',
    { edge: edgePlace({ usedSlots: 100 }), cloud: cloudPlace({ isOpen: false }) },
    'cloud-only',
    'no slot of the edge is free (100 of 100 slots in use), and has to wait, because no node of it can be reached',
  ],
  [
    'an edge with few free slots',
    { edge: edgePlace({ usedSlots: 96 }) },
    'cloud-only',
    'the edge is full (96 of 100 slots in use)',
  ],
  [
    'the same and no cloud',
    { edge: edgePlace({ usedSlots: 96 }), cloud: cloudPlace({ isOpen: false }) },
    'edge-only',
    'the flow is simple',
  ],
  [
    'a cloud out of reach and a flow that needs it',
    { flow: support, cloud: cloudPlace({ isOpen: false }) },
    'hybrid',
    'and no cloud node can be reached yet',
  ],
  ['a call for quality', { qualityMode: 'high_quality' }, 'cloud-only', 'quality goes before latency'],
  [
    'a dear edge, where money counts',
    { qualityMode: 'balanced', latencyTargetMs: 100, edge: edgePlace({ usdPerMinute: 0.0026 }) },
    'cloud-only',
    'the edge is dearer (0.0026 against 0.0020 USD a minute) and the cloud is in time (target 100 ms;',
  ],
  [
    'a dear edge, where only that is quick',
    { qualityMode: 'balanced', edge: edgePlace({ usdPerMinute: 0.0026 }) },
    'edge-only',
    'the flow is simple',
  ],
  [
    'a dear edge, where it does not',
    { edge: edgePlace({ usdPerMinute: 0.0026 }), latencyTargetMs: 100 },
    'edge-only',
    'the flow is simple',
  ],
  [
    'an edge that cannot hear',
    { edge: edgePlace({ providers: { ...providers, recognition: false } }) },
    'cloud-only',
    'the edge has no recogniser',
  ],
  [
    'an agent of a language that the edge has not',
    { language: 'es-MX', edge: edgePlace({ providers: { ...providers, languages: ['en'] } }) },
    'cloud-only',
    'the edge does not serve es-MX (en)',
  ],
  [
    'a caller who may come to speak one',
    {
      flow: flowNeeds({ languages: ['en', 'es'] }),
      callerLanguage: spanish,
      edge: edgePlace({ providers: { ...providers, languages: ['en'] } }),
    },
    'hybrid',
    'the edge lacks the language es and only the edge begins in time',
  ],
  [
    'a caller whose language the edge has too',
    { flow: flowNeeds({ languages: ['en', 'es'] }), callerLanguage: spanish },
    'edge-only',
    '; the caller may speak es (0.83), as the flow can.',
  ],
])('%s', (_, input, strategy, why) => {
  const decision = decidePlacement(placementInput(input));
  expect(decision.strategy).toBe(strategy);
  expect(decision.text).toContain(why);
});

describe('whatever the input', () => {
  const cloudness: Record<Strategy, number> = { 'edge-only': 0, hybrid: 1, 'cloud-only': 2 };
  const towardsCloud = (input: PlacementInput) => cloudness[decidePlacement(input).strategy];

  it('there is a decision, and one sentence that says why', () => {
    fc.assert(
      fc.property(anyPlacement, input => {
        const { strategy, text } = decidePlacement(input);
        expect(cloudness).toHaveProperty(strategy);
        expect(text).toMatch(/^The call [^\n]{20,}[^.]\.$/);
        expect(text).not.toMatch(/undefined|null|NaN/);
      }),
    );
  });

  it('no call begins where its company does not let it', () => {
    fc.assert(
      fc.property(anyPlacement, input => {
        const { strategy } = decidePlacement(input);
        if (!mayWorkIn(input.edge.area, input.allowedAreas)) expect(strategy).toBe('cloud-only');
      }),
    );
  });

  it('less room at the edge moves no call to it', () => {
    fc.assert(
      fc.property(anyPlacement, fc.integer({ min: 0, max: 100 }), (input, more) => {
        const fuller = { ...input, edge: { ...input.edge, usedSlots: input.edge.usedSlots + more } };
        expect(towardsCloud(fuller)).toBeGreaterThanOrEqual(towardsCloud(input));
      }),
    );
  });

  it('a flow of more complexity, or of more needs, moves no call to it', () => {
    fc.assert(
      fc.property(
        anyPlacement,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom('lookUpOrder', 'bookSlot'),
        (input, more, tool) => {
          const { flow } = input;
          const larger = { ...flow, complexity: Math.min(1, flow.complexity + more) };
          const needier = { ...larger, model: true, tools: [...new Set([...flow.tools, tool])] };
          expect(towardsCloud({ ...input, flow: larger })).toBeGreaterThanOrEqual(towardsCloud(input));
          expect(towardsCloud({ ...input, flow: needier })).toBeGreaterThanOrEqual(
            towardsCloud({ ...input, flow: larger }),
          );
        },
      ),
    );
  });
});
