import { type AgentType, agentTypes } from './agent-types.ts';
import { type Industry, industries } from './industries.ts';
import { voiceRules } from './voice-rules.ts';

/** Whom the caller talks to. */
export interface Persona {
  agentType: AgentType;
  industry: Industry;
  /** Null: the flow's own description says who answers. */
  company: { name: string; description: string } | null;
}

/**
 * The part of the instructions that stays the same from the first turn of a call to the last, so that a provider can keep it.
 * `language` is BCP-47.
 */
export function stablePrompt(persona: Persona, flowDescription: string, language: string): string {
  const { agentType, industry, company } = persona;
  return [
    voiceRules,
    agentTypes[agentType],
    industries[industry],
    company ? `You answer for ${company.name}. ${company.description}`.trim() : null,
    flowDescription ? `What this line is for: ${flowDescription}` : null,
    `Speak ${nameOfLanguage(language)}, whatever language these instructions are in.`,
  ]
    .filter(part => part !== null)
    .join('\n\n');
}

const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'code' });

function nameOfLanguage(tag: string): string {
  try {
    return `${names.of(tag)} (${tag})`;
  } catch {
    return tag;
  }
}
