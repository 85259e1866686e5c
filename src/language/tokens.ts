/** Letters of English to a token, on the safe side; today's tokenizers make more tokens of a text than those before. */
const CHARS_PER_TOKEN = 3;

/**
 * About how many tokens a text is, rather too many than too few. Characters outside ASCII count as one each, so that
 * Chinese is not taken for short.
 */
export function estimateTokens(text: string): number {
  let wide = 0;
  for (const char of text) if (char > '\u007f') wide++;
  return Math.ceil((text.length - wide) / CHARS_PER_TOKEN) + wide;
}
