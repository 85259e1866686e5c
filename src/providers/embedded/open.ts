import type { Providers } from '../../../runtime/call-host.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Config } from '../../config.ts';
import type { Logger } from '../../log.ts';
import { openTools } from '../../tools/index.ts';
import { openNavigator } from './navigator/navigator.ts';
import { openPocketSphinxRecognition } from './recognition/pocketsphinx.ts';
import { openFliteSynthesis } from './synthesis/flite.ts';
import { openSileroVoiceActivity } from './voice-activity/silero.ts';

/** How long the sample back office takes. */
const TOOL_DELAY_MS = 400;

export interface EmbeddedProviders extends Providers {
  close(): Promise<void>;
}

/** Ears, voice and wits that need no key and no network: all from npm, each in threads of its own. */
export async function openEmbeddedProviders(
  config: Pick<Config, 'dataDir' | 'navigatorDelayMs' | 'navigatorWordMs'>,
  { clock, log }: { clock: Clock; log: Logger },
): Promise<EmbeddedProviders> {
  const [voiceActivity, recognition, synthesis] = await Promise.all([
    openSileroVoiceActivity({ log }),
    openPocketSphinxRecognition({ dataDir: config.dataDir, log }),
    openFliteSynthesis(),
  ]);

  return {
    voiceActivity,
    recognition,
    synthesis,
    model: openNavigator({
      clock,
      firstWordDelayMs: config.navigatorDelayMs,
      wordDelayMs: config.navigatorWordMs,
    }),
    tools: [...openTools({ clock, toolDelayMs: TOOL_DELAY_MS }).values()],
    close: async () => {
      await Promise.all([voiceActivity.close(), recognition.close(), synthesis.close()]);
    },
  };
}
