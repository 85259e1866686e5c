import { addedMs, addsOf, listOf, pricesOf, sizeOf, slotsOf } from './figures.ts';
import type { FlowNeeds, Needs } from './flow-needs.ts';
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

/** Where a call begins, and whether it is to move. Pure, and every input has an answer. */
export function decidePlacement(input: PlacementInput): PlacementDecision {
  const { strategy, why } = barred(input) ?? fullOrDear(input) ?? fitting(input);
  return { strategy, text: `${begins[strategy]}, because ${why}${otherLanguage(input)}.` };
}

/** What the place has not of what is needed there, as words. */
export function lackedBy({ providers }: EdgePlace, needs: Needs): string[] {
  const tools = needs.tools.filter(name => !providers.tools.includes(name));
  return [
    ...(needs.model && !providers.model ? ['a language model'] : []),
    ...(tools.length > 0 ? [`the ${tools.length === 1 ? 'tool' : 'tools'} ${listOf(tools)}`] : []),
  ];
}

/** What nothing else outweighs. */
function barred(input: PlacementInput): Choice | null {
  const why = barredBecause(input);
  if (why === null) return null;
  const until = input.cloud.isOpen ? '' : ', and has to wait, because no node of it can be reached';
  return { strategy: 'cloud-only', why: why + until };
}

function barredBecause({ edge, allowedAreas, language }: PlacementInput): string | null {
  const { recognition, synthesis, languages } = edge.providers;
  if (!mayWorkIn(edge.area, allowedAreas))
    return `the company's calls stay in ${listOf(allowedAreas ?? [])} and the edge works in ${edge.area ?? 'an area that is not known'}`;
  if (usedShare(edge) >= 1) return `no slot of the edge is free (${slotsOf(edge)})`;
  if (!recognition) return 'the edge has no recogniser';
  if (!synthesis) return 'the edge has no voice';
  if (!serves(languages, language)) return `the edge does not serve ${language} (${listOf(languages ?? [])})`;
  return null;
}

/** What sends every call to the cloud, as long as there is one. */
function fullOrDear(input: PlacementInput): Choice | null {
  const { edge, cloud, qualityMode } = input;
  if (!cloud.isOpen) return null;
  if (usedShare(edge) >= thresholds.start.fullShare) return inCloud(`the edge is full (${slotsOf(edge)})`);
  if (qualityMode === 'high_quality')
    return inCloud('quality goes before latency for this call (high_quality)');
  const isDearer = edge.usdPerMinute > cloud.usdPerMinute * thresholds.start.dearerBy;
  if (isDearer && qualityMode === 'balanced' && !onlyEdgeIsQuick(input))
    return inCloud(`the edge is dearer (${pricesOf(edge, cloud)}) and ${noHurry(input)}`);
  return null;
}

/** What a flow needs and how much there is to it. The first rule that applies decides. */
function fitting(input: PlacementInput): Choice {
  const { flow, edge, cloud } = input;
  const { edgeOnlyMost, busyShare, hybridMost } = thresholds.start;
  const lacking = [...lackedBy(edge, flow), ...languageLacking(input)];
  const isSimple = flow.complexity <= edgeOnlyMost;
  if (isSimple && lacking.length === 0)
    return {
      strategy: 'edge-only',
      why: `the flow is simple (${sizeOf(flow)}) and the edge has all that it needs (${slotsOf(edge)})`,
    };

  const tooMuch =
    lacking.length > 0 ? `the edge lacks ${listOf(lacking)}` : `the flow is not simple (${sizeOf(flow)})`;
  if (!cloud.isOpen) return { strategy: 'hybrid', why: `${tooMuch} and no cloud node can be reached yet` };

  const lackingAtOnce = lackedBy(edge, flow.opening);
  if (lackingAtOnce.length > 0)
    return inCloud(`the edge lacks ${listOf(lackingAtOnce)} for the very first turn`);
  if (usedShare(edge) >= busyShare) return inCloud(`${tooMuch} and the edge is busy (${slotsOf(edge)})`);
  if (onlyEdgeIsQuick(input))
    return { strategy: 'hybrid', why: `${tooMuch} and only the edge begins in time (${latencyOf(input)})` };
  if (flow.complexity > hybridMost)
    return inCloud(`the flow is complex (${sizeOf(flow)}) and ${noHurry(input)}`);
  return { strategy: 'hybrid', why: `${tooMuch} and begins simply (${slotsOf(edge)})` };
}

function inCloud(why: string): Choice {
  return { strategy: 'cloud-only', why };
}

/** The cloud misses the latency target, and the edge comes nearer to it. */
function onlyEdgeIsQuick({ latencyTargetMs, edge, cloud }: PlacementInput): boolean {
  const cloudMs = addedMs('cloud', cloud.addsMs);
  return latencyTargetMs !== null && cloudMs > latencyTargetMs && addedMs('edge', edge.addsMs) < cloudMs;
}

function noHurry(input: PlacementInput): string {
  const { latencyTargetMs, cloud } = input;
  if (latencyTargetMs === null) return 'no latency is asked for';
  const isInTime = addedMs('cloud', cloud.addsMs) <= latencyTargetMs;
  return `${isInTime ? 'the cloud is in time' : 'the edge is no quicker'} (${latencyOf(input)})`;
}

function latencyOf({ latencyTargetMs, edge, cloud }: PlacementInput): string {
  return `target ${latencyTargetMs} ms; ${addsOf('edge', edge.addsMs)}; ${addsOf('cloud', cloud.addsMs)}`;
}

/** The caller may come to speak what is not spoken at the edge. */
function languageLacking({ flow, edge, callerLanguage }: PlacementInput): string[] {
  const language = callerLanguage?.language ?? null;
  if (language === null || !flow.languages.includes(language)) return [];
  return serves(edge.providers.languages, language) ? [] : [`the language ${language}`];
}

function otherLanguage({ callerLanguage, flow, language }: PlacementInput): string {
  const callers = callerLanguage?.language ?? null;
  if (callers === null || callers === primary(language) || !flow.languages.includes(callers)) return '';
  return `; the caller may speak ${callers} (${(callerLanguage?.confidence ?? 0).toFixed(2)}), as the flow can`;
}

function serves(languages: readonly string[] | null, tag: string): boolean {
  return languages === null || languages.includes(primary(tag));
}

function primary(tag: string): string {
  return tag.split('-')[0] as string;
}
