import type { Synthesis } from '../../runtime/ports.ts';
import { toSpeakable } from './speakable.ts';

/** A voice that is given its text in the form in which it is said. */
export function speakable(synthesis: Synthesis): Synthesis {
  return {
    name: synthesis.name,
    open(options) {
      const stream = synthesis.open(options);
      return {
        speak: (text, signal) => stream.speak(toSpeakable(text, options.language), signal),
        close: () => stream.close(),
      };
    },
    close: () => synthesis.close(),
  };
}
