/** The one of several active states that tells most. */
export function mainState(states: readonly string[]): string | null {
  return states.find(state => state.includes('.floor.')) ?? states[0] ?? null;
}

/** Without what all of the chart's states begin with. */
export function shortName(state: string): string {
  return state.replace(/^call\.(live\.)?(floor\.)?/, '');
}
