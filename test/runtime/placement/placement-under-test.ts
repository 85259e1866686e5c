import fc from 'fast-check';
import type { PlacementInput } from '../../../runtime/placement/decide-placement.ts';
import { complexityOf, type FlowNeeds } from '../../../runtime/placement/flow-needs.ts';
import type { CloudPlace, EdgePlace } from '../../../runtime/placement/places.ts';

export function flowNeeds(over: Partial<FlowNeeds> = {}): FlowNeeds {
  const counted = { states: 9, modelStates: 0, tools: [], languages: ['en'], ...over };
  return {
    ...counted,
    model: counted.modelStates > 0,
    opening: { model: false, tools: [] },
    complexity: complexityOf(counted),
    ...over,
  };
}

/** One that has everything but a model and tools. */
export function edgePlace({ providers, ...over }: Partial<EdgePlace> = {}): EdgePlace {
  return {
    usedSlots: 12,
    slots: 100,
    area: 'eu',
    usdPerMinute: 0.001,
    addsMs: null,
    ...over,
    providers: {
      recognition: true,
      synthesis: true,
      model: false,
      tools: [],
      languages: null,
      ...providers,
    },
  };
}

export function cloudPlace(over: Partial<CloudPlace> = {}): CloudPlace {
  return { isOpen: true, usdPerMinute: 0.002, addsMs: null, ...over };
}

export function placementInput(over: Partial<PlacementInput> = {}): PlacementInput {
  return {
    flow: flowNeeds(),
    language: 'en-US',
    callerLanguage: null,
    qualityMode: 'ultra_low_latency',
    latencyTargetMs: 50,
    allowedAreas: null,
    edge: edgePlace(),
    cloud: cloudPlace(),
    ...over,
  };
}

const TOOLS = ['lookUpOrder', 'bookSlot', 'testLine'];
const AREAS = ['eu', 'us', 'uk'];
const share = () => fc.double({ min: 0, max: 1, noNaN: true });
const tools = () => fc.subarray(TOOLS);
const addsMs = () => fc.option(fc.integer({ min: 0, max: 400 }));
const usd = () => fc.double({ min: 0, max: 0.1, noNaN: true });

export const anyFlow: fc.Arbitrary<FlowNeeds> = fc.record({
  states: fc.integer({ min: 1, max: 200 }),
  modelStates: fc.integer({ min: 0, max: 20 }),
  languages: fc.subarray(['en', 'es', 'fr'], { minLength: 1 }),
  tools: tools(),
  model: fc.boolean(),
  opening: fc.record({ model: fc.boolean(), tools: tools() }),
  complexity: share(),
});

export const anyEdge: fc.Arbitrary<EdgePlace> = fc.record({
  usedSlots: fc.integer({ min: 0, max: 120 }),
  slots: fc.integer({ min: 0, max: 100 }),
  area: fc.option(fc.constantFrom(...AREAS)),
  usdPerMinute: usd(),
  addsMs: addsMs(),
  providers: fc.record({
    recognition: fc.boolean(),
    synthesis: fc.boolean(),
    model: fc.boolean(),
    tools: tools(),
    languages: fc.option(fc.subarray(['en', 'es', 'fr'])),
  }),
});

export const anyCloud: fc.Arbitrary<CloudPlace> = fc.record({
  isOpen: fc.boolean(),
  usdPerMinute: usd(),
  addsMs: addsMs(),
});

export const anyPlacement: fc.Arbitrary<PlacementInput> = fc.record({
  flow: anyFlow,
  language: fc.constantFrom('en-US', 'es-MX', 'fr-FR'),
  callerLanguage: fc.option(
    fc.record({
      language: fc.option(fc.constantFrom('en', 'es', 'fr')),
      confidence: share(),
      text: fc.constant('A hint.'),
    }),
  ),
  qualityMode: fc.constantFrom('ultra_low_latency', 'balanced', 'high_quality'),
  latencyTargetMs: fc.option(fc.integer({ min: 1, max: 300 })),
  allowedAreas: fc.option(fc.subarray(AREAS)),
  edge: anyEdge,
  cloud: anyCloud,
});
