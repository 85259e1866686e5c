import type { VoiceActivity } from '../ports.ts';
import { SoundWindows } from './sound-windows.ts';
import { VoiceDetector } from './voice-detector.ts';

/**
 * Voice activity in plain TypeScript, for where neither threads nor native code are: no clock, no memory after `open`, and
 * the listener is told within `write`.
 */
export function openEnergyVoiceActivity(): VoiceActivity {
  return {
    name: 'energy',
    open(listener) {
      const detector = new VoiceDetector();
      const windows = new SoundWindows(window => {
        if (!detector.judge(window)) return;
        if (detector.isSpeaking) listener.speechStarted();
        else listener.speechStopped();
      });
      return { write: audio => windows.write(audio), close() {} };
    },
    close: async () => {},
  };
}
