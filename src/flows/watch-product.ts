import type { Clock } from '../../runtime/clock.ts';
import { checkFlow } from '../check/check-flow.ts';
import type { Log } from '../storage/log.ts';
import { openTools } from '../tools/index.ts';
import type { FlowLibrary } from './library.ts';
import { watchFlows } from './watch.ts';

export interface WatchProductOptions {
  library: FlowLibrary;
  clock: Clock;
  log: Log;
  onProgress(message: string): void;
}

/** Puts edited flows in force, once they are saved and `check` finds no error in them. */
export function watchProductFlows({ library, clock, log, onProgress }: WatchProductOptions): {
  close(): Promise<void>;
} {
  const tools = openTools({ clock, toolDelayMs: 0 });
  const stop = watchFlows({
    library,
    clock,
    async check(flow) {
      const findings = await checkFlow(flow, { tools });
      return findings
        .filter(({ severity }) => severity === 'error')
        .map(({ state, problem, mend }) => `${state}: ${problem} ${mend}`);
    },
    onNews(news) {
      if (news.kind === 'inForce') {
        const { name, version } = news.flow;
        log.info({ flow: name, version }, 'An edited flow is in force for new calls.');
        onProgress(`${name} ${version} is in force for new calls`);
      } else {
        log.warn({ flow: news.name, problems: news.problems }, 'An edited flow is not put in force.');
        onProgress(`${news.name} stays as it was:\n  ${news.problems.join('\n  ')}\n`);
      }
    },
  });
  return { close: async () => stop() };
}
