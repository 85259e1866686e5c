import { z } from 'zod';
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
});

export type AgentConfig = z.output<typeof agentConfig>;
