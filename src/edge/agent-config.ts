import { z } from 'zod';
import type { Agent } from '../agents.ts';
import { isSplit, type Split } from '../flows/split.ts';
import { AREAS } from '../language/areas.ts';

/** Where the cloud tells the edge who answers a number: this, and the number after it. */
export const AGENT_PATH = '/edge/agents';

const text = (max: number) => z.string().min(1).max(max);

/** Who answers a number, as far as the edge has to know. No secret is in it. */
export const agentConfig = z.object({
  name: text(63),
  language: text(35),
  voice: text(100),
  transferNumber: z.string().nullable(),
  /** Weights by names of flows, and the version of each that is in force in the cloud. */
  flow: z
    .record(z.string(), z.number())
    .transform(split => split as Split)
    .refine(isSplit),
  versions: z.record(z.string(), z.string()),
  stt: z.string(),
  tts: z.string(),
  /** Whose models may answer; none: the flow itself does. */
  llm: z.array(z.string()),
  residency: z.array(z.enum(AREAS)).nullable(),
  agentType: z.enum(['customerService', 'sales', 'technicalSupport']),
  industry: z.enum(['general', 'healthcare', 'financial']),
  companyName: text(100),
  /** Whose replies may be shared; null: nobody's but the agent's own. */
  company: z.string().nullable(),
  /** Nothing of its callers is kept for others. */
  redact: z.boolean(),
});

export type AgentConfig = z.output<typeof agentConfig>;

/** An agent of the cloud's, as the edge needs to know it. `versionOf` gives the version of a flow that is in force. */
export function toAgentConfig(agent: Agent, versionOf: (flow: string) => string): AgentConfig {
  const { name, language, voice, transferNumber, flow, stt, tts, llm } = agent;
  const { agentType, industry, companyName, company, redact } = agent;
  return {
    name,
    language,
    voice,
    transferNumber,
    flow,
    versions: Object.fromEntries(Object.keys(flow).map(one => [one, versionOf(one)])),
    stt,
    tts,
    llm: [...llm],
    residency: agent.residency && [...agent.residency],
    agentType,
    industry,
    companyName,
    company,
    redact,
  };
}
