import type {
  Recognition,
  RecognitionListener,
  RecognitionOptions,
  RecognitionStream,
  Synthesis,
  SynthesisOptions,
  SynthesisStream,
} from '../../../runtime/ports.ts';

/** Streams that are closed with their provider, unless they have been closed or have failed before. */
class OpenStreams<Stream extends { close(): void }> {
  readonly #open = new Set<Stream>();

  add(stream: Stream): void {
    this.#open.add(stream);
  }

  close(stream: Stream): void {
    this.#open.delete(stream);
    stream.close();
  }

  async closeAll(): Promise<void> {
    for (const stream of this.#open) stream.close();
    this.#open.clear();
  }
}

/** Recognition by one stream a call. */
export function recognitionBy(
  about: Pick<Recognition, 'name' | 'detectsTurns'>,
  openStream: (call: RecognitionOptions, listener: RecognitionListener) => RecognitionStream,
): Recognition {
  const streams = new OpenStreams<RecognitionStream>();
  return {
    ...about,
    open(call, listener) {
      const stream: RecognitionStream = openStream(call, {
        partial: (text, complete) => listener.partial(text, complete),
        final: (text, confidence) => listener.final(text, confidence),
        turnEnded: () => listener.turnEnded?.(),
        turnMayHaveEnded: text => listener.turnMayHaveEnded?.(text),
        turnResumed: () => listener.turnResumed?.(),
        heardVoice: () => listener.heardVoice?.(),
        heardLanguage: language => listener.heardLanguage?.(language),
        failed: error => {
          streams.close(stream);
          listener.failed(error);
        },
      });
      streams.add(stream);
      return {
        write: audio => stream.write(audio),
        speechStarted: () => stream.speechStarted(),
        speechStopped: () => stream.speechStopped(),
        finish: () => stream.finish(),
        expect: phrases => stream.expect(phrases),
        close: () => streams.close(stream),
      };
    },
    close: () => streams.closeAll(),
  };
}

/** Synthesis by one stream a call. */
export function synthesisBy(
  name: string,
  openStream: (call: SynthesisOptions) => SynthesisStream,
): Synthesis {
  const streams = new OpenStreams<SynthesisStream>();
  return {
    name,
    open(call) {
      const stream = openStream(call);
      streams.add(stream);
      return {
        speak: (text, signal) => stream.speak(text, signal),
        close: () => streams.close(stream),
      };
    },
    close: () => streams.closeAll(),
  };
}
