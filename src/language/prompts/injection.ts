/**
 * Signs that a caller speaks to the model's instructions rather than to the agent. A sign warns the model and goes on record;
 * it never blocks a caller, who may have meant nothing by it.
 */
const signs: readonly (readonly [name: string, pattern: RegExp])[] = [
  [
    'sets instructions aside',
    /\b(ignore|disregard|forget|override|bypass|drop)\b[^.?!]{0,40}\b(instructions?|rules|prompts?|guidelines|directives|programming|safety)\b/,
  ],
  [
    'sets instructions aside',
    /\b(ignora|olvida|ignoriere|vergiss|ignore[rz]?|oublie[rz]?|ignore)\b[^.?!]{0,40}\b(instrucciones|reglas|anweisungen|regeln|consignes|instructions|règles|instruções|regras)/,
  ],
  [
    'asks for the instructions',
    /\b(reveal|repeat|print|read|show|tell|give|recite|what (is|are|were))\b[^.?!]{0,30}\b(your|the|system|initial|hidden)\b ?(system |initial |hidden |original |secret )*(prompt|instructions)\b/,
  ],
  ['names the system prompt', /\bsystem (prompt|message|instructions?)\b/],
  [
    'gives another role',
    /\b(you are now|from now on,? you( are|'re| will be)|act as|pretend (to be|(that )?you are|you're)|roleplay as)\b (a |an |the |my |in |not |no longer |if )?\w/,
  ],
  ['gives another role', /\b(developer|debug|admin|god|jailbreak|unrestricted|dan) mode\b|\bjailbreak/],
  ['claims authority over the model', /\bnew (system )?instructions?\b\s*(:|are\b|from\b|follow\b)/],
  [
    'writes marks',
    /<\/?\s*(caller|direction|system|assistant|user|tool|instructions?)\b|\[\/?(inst|system)\]|<\|/,
  ],
];

/** What the words do that a caller's need not, or null. */
export function signOfInjection(text: string): string | null {
  const plain = text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/[’`]/g, "'")
    .replace(/\s+/g, ' ')
    .toLowerCase();
  return signs.find(([, pattern]) => pattern.test(plain))?.[0] ?? null;
}

export function looksLikeInjection(text: string): boolean {
  return signOfInjection(text) !== null;
}
