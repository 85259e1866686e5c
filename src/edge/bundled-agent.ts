import type { AgentConfig } from './agent-config.ts';
import { bundledVersions } from './flows.ts';
import type { EdgeConfig } from './settings.ts';

/** Answers every number of which the cloud never told anything. */
export function bundledAgent({ flow, language, voice, transferNumber, model }: EdgeConfig): AgentConfig {
  return {
    name: 'default',
    language,
    voice,
    transferNumber,
    flow,
    versions: bundledVersions,
    stt: 'deepgram',
    tts: 'deepgram',
    llm: model ? ['openai-compatible'] : [],
    residency: null,
    agentType: 'customerService',
    industry: 'general',
    companyName: 'Acme',
    company: null,
    redact: false,
  };
}
