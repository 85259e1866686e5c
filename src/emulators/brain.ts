import { toDigits } from './spoken-digits.ts';

/** A tool as any of the protocols offers it. */
export interface OfferedTool {
  name: string;
  description: string;
  /** Names of the parameters it must have. */
  required: readonly string[];
}

export type BrainAnswer = { tool: string; input: Record<string, string> } | { text: string };

/** Words that are in every description and say nothing. */
const STOP_WORDS = new Set(
  'a an and are as at be by caller can do for from give gives has have her his i in is it its me my no not of on or order please that the their them they this to want wants was what when where which who will with would you your'.split(
    ' ',
  ),
);

/** What short words mean in the words of descriptions. */
const MEANING: Record<string, string> = {
  yes: 'confirms right',
  no: 'denies wrong nothing',
  bye: 'goodbye',
  human: 'person',
  agent: 'person',
};

/**
 * A stand-in for a model's wits: takes the offered tool whose name and description share most words with what was said. Enough to
 * hold a conversation with an emulator; nothing more is claimed.
 */
export function think(said: string, tools: readonly OfferedTool[]): BrainAnswer {
  const digits = toDigits(said);
  const withDigits = tools.find(tool => tool.required.length === 1);
  if (digits.length >= 3 && withDigits) {
    return { tool: withDigits.name, input: { [withDigits.required[0] as string]: digits } };
  }

  const heard = stems(
    `${said} ${said
      .toLowerCase()
      .match(/[a-z]+/g)
      ?.map(word => MEANING[word] ?? '')
      .join(' ')}`,
  );
  const scored = tools
    .filter(tool => tool.required.length === 0)
    .map(tool => ({ tool, score: overlap(heard, stems(`${spaced(tool.name)} ${tool.description}`)) }))
    .sort((a, b) => b.score - a.score);
  const [best] = scored;
  if (best && best.score > 0) return { tool: best.tool.name, input: {} };
  return { text: 'I am only an emulator, but I can hear you. What would you like to do?' };
}

/** `wantsPerson` is "wants person". */
function spaced(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

function stems(text: string): Set<string> {
  const words = text.toLowerCase().match(/[a-z']+/g) ?? [];
  return new Set(words.filter(word => !STOP_WORDS.has(word)).map(word => word.slice(0, 5)));
}

function overlap(heard: ReadonlySet<string>, offered: ReadonlySet<string>): number {
  let shared = 0;
  for (const stem of heard) if (offered.has(stem)) shared++;
  return shared;
}
