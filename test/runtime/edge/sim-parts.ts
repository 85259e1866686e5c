import { orderStatus } from '../../../machines/flows/order-status.ts';
import type { HostOptions } from '../../../runtime/call-host.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { LanguageModel } from '../../../runtime/ports.ts';
import { openNavigator } from '../../../src/providers/embedded/navigator/navigator.ts';
import { openTools } from '../../../src/tools/index.ts';
import {
  scriptedRecognition,
  scriptedSynthesis,
  scriptedVoiceActivity,
} from '../../harness/scripted-providers.ts';
import { quietLog } from '../../harness/sim-call.ts';

export interface SimParts {
  /** Default: the flow itself. */
  model?: LanguageModel;
}

/** What edge and cloud have alike: every byte of the agent's voice tells the sentence and the place that it is from. */
export function simHost(clock: Clock, { model }: SimParts): Omit<HostOptions, 'journal'> {
  return {
    clock,
    log: quietLog,
    providers: {
      voiceActivity: scriptedVoiceActivity(),
      recognition: scriptedRecognition(clock, { recognitionMs: 50 }),
      synthesis: scriptedSynthesis(clock, { firstAudioMs: 100, isTelling: true }),
      model: model ?? openNavigator({ clock, firstWordDelayMs: 0, wordDelayMs: 0 }),
      tools: [...openTools({ clock, toolDelayMs: 100 }).values()],
    },
    flow: () => orderStatus,
    voice: 'text',
    transferNumber: '+12025550199',
    keepsLogs: true,
  };
}
