import { openSileroVoiceActivity } from '../../../../../src/providers/embedded/voice-activity/silero.ts';
import { goForward, silence, splice } from './line-audio.ts';

/** A program that ends, by the way its argument names, while the thread has seconds of audio left to judge. */
const detector = await openSileroVoiceActivity({ backlogMs: 16_000 });
const audio = splice(goForward.audio, silence(12_000));
const calls = Array.from({ length: 16 }, () =>
  detector.open({
    speechStarted: () => {
      if (process.argv[2] === 'process.exit') process.exit(7);
      setImmediate(() => {
        throw new Error('Nobody catches this.');
      });
    },
    speechStopped: () => undefined,
  }),
);
for (const call of calls) call.write(audio);
