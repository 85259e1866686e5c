import { catalogue } from './language/catalogue.ts';

/** What is wrong with a list of preferred models, and what to write instead; null when nothing is. Repeats no unknown name. */
export function preferredProblem(
  names: readonly string[],
  own: { azureOpenAi: { deployment: string | null }; openAiCompatible: { model: string | null } },
): string | null {
  const current = catalogue.filter(({ lifecycle }) => lifecycle.status !== 'retired').map(({ id }) => id);
  const known = [...current, own.azureOpenAi.deployment, own.openAiCompatible.model];
  const unknown = names.filter(name => !known.includes(name));
  if (unknown.length === 0) return null;
  const retired = unknown.filter(name => catalogue.some(({ id }) => id === name));
  const why = retired.length > 0 ? ` (${retired.join(', ')} can no longer be asked)` : '';
  return `write some of ${current.join(', ')}, or the name of a deployment or model of your own${why}.`;
}
