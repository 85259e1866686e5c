import type { FlowNeeds } from './flow-needs.ts';
import type { LanguageHint } from './language-hint.ts';
import {
  type CloudPlace,
  type EdgePlace,
  mayWorkIn,
  type QualityMode,
  type Strategy,
  usedShare,
} from './places.ts';
import { thresholds } from './thresholds.ts';

export interface PlacementInput {
  flow: FlowNeeds;
  /** BCP-47, of the agent that answers. */
  language: string;
  /** What the caller seems to speak; null where nothing tells. It changes no language, only what may be needed. */
  callerLanguage: LanguageHint | null;
  qualityMode: QualityMode;
  /** What the product may add to a turn, in ms; null for no target. */
  latencyTargetMs: number | null;
  /** Where the company lets its calls be worked on; null for anywhere. */
  allowedAreas: readonly string[] | null;
  edge: EdgePlace;
  cloud: CloudPlace;
}

export interface PlacementDecision {
  strategy: Strategy;
  /** One sentence for the record: what was decided and which figures decided it. */
  text: string;
}

/** Where a call begins, and whether it may move. Pure, and every input has an answer. */
export function decidePlacement(input: PlacementInput): PlacementDecision {
  const { strategy, why } = barred(input) ?? withoutCloud(input) ?? fitting(input);
  return { strategy, text: `${begins[strategy]}, because ${why}${heard(input)}.` };
}

interface Choice {
  strategy: Strategy;
  /** Ends the sentence "…, because". */
  why: string;
}

const begins: Record<Strategy, string> = {
  'edge-only': 'The call is worked on at the edge',
  hybrid: 'The call begins at the edge and goes to the cloud when it grows',
  'cloud-only': 'The call is worked on in the cloud',
};

/** What no other consideration outweighs. */
function barred({ edge, cloud, allowedAreas, language }: PlacementInput): Choice | null {
  const toCloud = (why: string): Choice => ({
    strategy: 'cloud-only',
    why: cloud.isOpen ? why : `${why}, and has to wait for it, because no node of it can be reached`,
  });
  const { recognition, synthesis, languages } = edge.providers;
  if (!mayWorkIn(edge.area, allowedAreas))
    return toCloud(
      `the company's calls stay in ${list(allowedAreas ?? [])} and the edge works in ${edge.area ?? 'an area that is not known'}`,
    );
  if (usedShare(edge) >= 1) return toCloud(`no slot of the edge is free (${slots(edge)})`);
  if (!recognition || !synthesis)
    return toCloud(
      `the edge has no ${recognition ? 'voice' : synthesis ? 'recogniser' : 'recogniser and no voice'}`,
    );
  if (!serves(languages, language))
    return toCloud(`the edge does not serve ${language} (${list(languages ?? [])})`);
  return null;
}

function withoutCloud(input: PlacementInput): Choice | null {
  if (input.cloud.isOpen) return null;
  const missing = missingAtEdge(input);
  const isSimple = input.flow.complexity <= thresholds.start.edgeOnlyMost && missing.length === 0;
  return {
    strategy: isSimple ? 'edge-only' : 'hybrid',
    why: `no cloud node can be reached now; ${missing.length > 0 ? `what the edge lacks (${list(missing)}) has to wait` : size(input.flow)}`,
  };
}

/** The first rule that applies decides. Each that sends a call away from the edge does so for all that are more complex. */
function fitting(input: PlacementInput): Choice {
  const { flow, edge, cloud, qualityMode, latencyTargetMs } = input;
  const { start } = thresholds;
  const share = usedShare(edge);
  const missing = missingAtEdge(input);
  const mustBeQuick = needsEdge(input);
  const quick = `the target of ${latencyTargetMs} ms is out of the cloud's reach (${cloudMs(cloud)})`;

  if (share >= start.fullShare) return choose('cloud-only', `the edge is full (${slots(edge)})`);
  if (qualityMode === 'high_quality')
    return choose('cloud-only', 'quality goes before latency for this call (high_quality)');
  if (isDearer(input) && !mustBeQuick && qualityMode !== 'ultra_low_latency')
    return choose(
      'cloud-only',
      `the edge is dearer (${prices(edge, cloud)}) and the cloud quick enough (${cloudMs(cloud)})`,
    );
  if (flow.complexity <= start.edgeOnlyMost && missing.length === 0)
    return choose(
      'edge-only',
      `the flow is simple (${size(flow)}) and the edge has all that it needs (${slots(edge)})`,
    );

  const lacking = missing.length > 0 ? `the edge lacks ${list(missing)}` : '';
  const opening = absent(flow.opening, edge);
  if (opening.length > 0)
    return choose('cloud-only', `the edge lacks ${list(opening)} for the very first turn`);
  if (share >= start.busyShare)
    return choose(
      'cloud-only',
      `${lacking || `the flow is not simple (${size(flow)})`} and the edge is busy (${slots(edge)})`,
    );
  if (flow.complexity > start.hybridMost && !mustBeQuick)
    return choose(
      'cloud-only',
      `the flow is complex (${size(flow)}) and the cloud quick enough (${cloudMs(cloud)})`,
    );
  return choose(
    'hybrid',
    [lacking || `the flow is not simple (${size(flow)})`, mustBeQuick ? quick : '']
      .filter(Boolean)
      .join(' and '),
  );
}

function choose(strategy: Strategy, why: string): Choice {
  return { strategy, why };
}

/** What the flow may come to need that the edge has not. */
function missingAtEdge({ flow, edge, callerLanguage }: PlacementInput): string[] {
  const spoken = callerLanguage?.language ?? null;
  const mayBeSpoken = spoken !== null && flow.languages.includes(spoken);
  const language = mayBeSpoken && !serves(edge.providers.languages, spoken) ? [`the language ${spoken}`] : [];
  return [...absent(flow, edge), ...language];
}

/** What of the needs the edge has not. */
export function absent(
  needs: { model: boolean; tools: readonly string[] },
  { providers }: EdgePlace,
): string[] {
  const tools = needs.tools.filter(name => !providers.tools.includes(name));
  return [
    ...(needs.model && !providers.model ? ['a language model'] : []),
    ...(tools.length > 0 ? [`the ${tools.length === 1 ? 'tool' : 'tools'} ${list(tools)}`] : []),
  ];
}

/** The target can be kept, or nearly, at the edge alone. */
function needsEdge({ latencyTargetMs, edge, cloud }: PlacementInput): boolean {
  const { cloudAddsMs, edgeAddsMs } = thresholds.start;
  const cloudTakesMs = cloud.addsMs ?? cloudAddsMs;
  return (
    latencyTargetMs !== null && cloudTakesMs > latencyTargetMs && (edge.addsMs ?? edgeAddsMs) < cloudTakesMs
  );
}

function isDearer({ edge, cloud }: PlacementInput): boolean {
  return edge.usdPerMinute > cloud.usdPerMinute * thresholds.start.dearerBy;
}

function serves(languages: readonly string[] | null, tag: string): boolean {
  return languages === null || languages.includes(primary(tag));
}

function heard({ callerLanguage, flow, language: agents }: PlacementInput): string {
  const language = callerLanguage?.language ?? null;
  if (language === null || language === primary(agents) || !flow.languages.includes(language)) return '';
  return `; the caller may speak ${language} (${(callerLanguage?.confidence ?? 0).toFixed(2)}), as the flow can`;
}

function primary(tag: string): string {
  return tag.split('-')[0] as string;
}

function size({ complexity, states, modelStates, tools, languages }: FlowNeeds): string {
  const parts = [
    count(states, 'state'),
    ...(modelStates > 0 ? [`${modelStates} with a model`] : []),
    count(tools.length, 'tool'),
    ...(languages.length > 1 ? [count(languages.length, 'language')] : []),
  ];
  return `complexity ${complexity.toFixed(2)}: ${parts.join(', ')}`;
}

function slots({ usedSlots, slots: all }: EdgePlace): string {
  return `${usedSlots} of ${count(all, 'slot')} in use`;
}

function prices(edge: EdgePlace, cloud: CloudPlace): string {
  return `${edge.usdPerMinute.toFixed(4)} against ${cloud.usdPerMinute.toFixed(4)} USD a minute`;
}

function cloudMs({ addsMs }: CloudPlace): string {
  return addsMs === null
    ? `${thresholds.start.cloudAddsMs} ms, not measured yet`
    : `${Math.round(addsMs)} ms measured`;
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? 'nothing') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
