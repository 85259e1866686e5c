import type { EdgePlan } from '../../runtime/edge/edge-storage.ts';
import type { SlotCount } from '../../runtime/edge/slots.ts';
import type { CallStart } from '../../runtime/journal.ts';
import { decidePlacement } from '../../runtime/placement/decide-placement.ts';
import { languageHint } from '../../runtime/placement/language-hint.ts';
import { type EdgePlace, mayWorkIn, type QualityMode } from '../../runtime/placement/places.ts';
import { flowFor } from '../flows/split.ts';
import type { Assessment } from '../regions/assess.ts';
import type { RegionChoice } from '../regions/choose.ts';
import type { ExpectedCall } from '../telephony/reception.ts';
import type { AgentConfig } from './agent-config.ts';
import type { FoundAgent } from './agents.ts';
import { bundledFlow } from './flows.ts';
import { offeredTo } from './providers.ts';
import type { EdgeConfig } from './settings.ts';

export interface CallToPlan {
  expected: ExpectedCall;
  callId: string;
  /** Since the Unix epoch. */
  startedAt: number;
  /** Which place of the edge the call came in at. */
  node: string;
  found: FoundAgent;
  slots: SlotCount;
  /** Where it would go in the cloud. */
  region: RegionChoice;
  /** What is known of every region. */
  assessed: readonly Assessment[];
  config: EdgeConfig;
}

/** The number of ours that a call is about, and the other party's. */
export function partiesOf({ direction, from, to }: ExpectedCall): { ours: string; theirs: string } {
  return direction === 'inbound' ? { ours: to, theirs: from } : { ours: from, theirs: to };
}

/** Who answers a call, what it follows, and where it is worked on. Pure. */
export function planCall(call: CallToPlan): EdgePlan {
  const { expected, found, region, config } = call;
  const { agent } = found;
  const { callSid, accountSid, from, to, direction, parameters } = expected;
  const wish = { callSid, accountSid, from, to, direction, parameters: { ...parameters } };
  const start = startOf(call, agent);
  const flow = bundledFlow(start.flow);
  const isCurrent = flow?.version === start.flowVersion;
  const edge = edgePlace(agent, call.slots, config);
  const open = 'refusal' in region ? [] : [region.url, ...region.others.map(({ url }) => url)];
  const common = {
    wish,
    start,
    agent,
    clouds: [...open, ...closed(call.assessed, open)],
    mayStay:
      isCurrent &&
      edge.providers.recognition &&
      edge.providers.synthesis &&
      mayWorkIn(config.area, agent.residency),
  };
  const route = 'refusal' in region ? region.refusal : `In the cloud it goes to ${region.text}`;

  if (!flow || !isCurrent) {
    const why = `The call is worked on in the cloud, because the edge has ${flow ? 'another version of' : 'not'} the flow ${start.flow}.`;
    return { ...common, strategy: 'cloud-only', explanations: [found.text, why, route] };
  }
  const hint = languageHint({
    country: parameters.FromCountry ?? null,
    from: partiesOf(expected).theirs,
    words: '',
  });
  const decision = decidePlacement({
    flow: flow.needs,
    language: agent.language,
    callerLanguage: hint,
    qualityMode: (parameters.quality_mode ?? config.defaults.qualityMode) as QualityMode,
    latencyTargetMs: Number(parameters.latency_target) || null,
    allowedAreas: agent.residency,
    edge,
    cloud: { isOpen: open.length > 0, usdPerMinute: config.cloudUsdPerMinute, addsMs: null },
  });
  return {
    ...common,
    strategy: decision.strategy,
    explanations: [found.text, decision.text, route],
  };
}

/** Where a call could go later, once they take calls again. */
function closed(assessed: readonly Assessment[], open: readonly string[]): string[] {
  return assessed.flatMap(({ allowed, url }) => (allowed && url && !open.includes(url) ? [url] : []));
}

export function edgePlace(agent: AgentConfig, { used, slots }: SlotCount, config: EdgeConfig): EdgePlace {
  return {
    usedSlots: used,
    slots,
    area: config.area,
    usdPerMinute: config.edgeUsdPerMinute,
    addsMs: null,
    providers: offeredTo(agent, config),
  };
}

function startOf(
  { expected, callId, startedAt, node }: CallToPlan,
  { name, language, flow: split, versions }: AgentConfig,
): CallStart {
  const { callSid, from, to, direction, parameters } = expected;
  const flow = flowFor(split, partiesOf(expected).theirs || callSid);
  return {
    agent: name,
    callId,
    callSid,
    node,
    from,
    to,
    direction,
    flow,
    flowVersion: versions[flow] ?? '',
    language,
    startedAt,
    parameters: { ...parameters },
  };
}
