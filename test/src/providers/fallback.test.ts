import { describe, expect, it } from 'vitest';
import type {
  Recognition,
  RecognitionListener,
  RecognitionStream,
  Synthesis,
} from '../../../runtime/ports.ts';
import { ProviderError } from '../../../runtime/provider-error.ts';
import { fallbackRecognition, fallbackSynthesis } from '../../../src/providers/fallback.ts';
import { quietLog } from '../../harness/sim-call.ts';

const broken = new ProviderError('broken', 'the socket was closed.', { provider: 'first' });

/** Keeps what it is told, and says what the test lets it say. */
function recorder(name: string, detectsTurns = false) {
  const told: string[] = [];
  const heard: number[] = [];
  let listener: RecognitionListener | null = null;
  const stream: RecognitionStream = {
    write: audio => void heard.push(...audio),
    speechStarted: () => void told.push('started'),
    speechStopped: () => void told.push('stopped'),
    finish: () => void told.push('finish'),
    expect: phrases => void told.push(`expect ${phrases.join()}`),
    close: () => void told.push('close'),
  };
  const source: Recognition = {
    name,
    detectsTurns,
    open(options, owner) {
      listener = owner;
      told.push(`open ${options.phrases.join()}`);
      return stream;
    },
    async close() {},
  };
  return { source, told, heard, says: () => listener as RecognitionListener };
}

function ears({ firstDetectsTurns = false } = {}) {
  const first = recorder('first', firstDetectsTurns);
  const second = recorder('second');
  const said: string[] = [];
  const record: string[] = [];
  const stream = fallbackRecognition([first.source, second.source], quietLog).open(
    { callId: 'call-1', language: 'en-US', phrases: ['a'], explain: text => void record.push(text) },
    {
      partial: text => void said.push(`partial ${text}`),
      final: text => void said.push(`final ${text}`),
      turnEnded: () => void said.push('turnEnded'),
      turnMayHaveEnded: text => void said.push(`mayHaveEnded ${text}`),
      turnResumed: () => void said.push('resumed'),
      failed: error => void said.push(`failed ${error.message}`),
    },
  );
  return { first, second, said, record, stream };
}

describe('When a recogniser fails for good', () => {
  it('the next hears the utterance that was not made out, and then what follows', () => {
    const { first, second, stream } = ears();
    stream.write(Uint8Array.of(1));
    stream.speechStarted();
    stream.write(Uint8Array.of(2));
    first.says().failed(broken);
    stream.write(Uint8Array.of(3));

    expect(second.heard).toEqual([1, 2, 3]);
    expect(second.told).toEqual(['open a', 'started']);
  });

  it('what was made out is not heard again', () => {
    const { first, second, said, stream } = ears();
    stream.speechStarted();
    stream.write(Uint8Array.of(1));
    stream.speechStopped();
    first.says().final('one', 1);
    first.says().failed(broken);
    stream.write(Uint8Array.of(2));

    expect(second.heard).toEqual([2]);
    expect(said).toEqual(['final one']);
  });

  it('words that are being waited for are asked of the next', () => {
    const { first, second, said, stream } = ears();
    stream.speechStarted();
    stream.write(Uint8Array.of(1));
    stream.speechStopped();
    stream.finish();
    first.says().failed(broken);
    expect(second.told).toEqual(['open a', 'started', 'stopped', 'finish']);

    second.says().final('one', 1);
    expect(said).toEqual(['final one']);
  });

  it('a turn that it alone would have ended is ended all the same, and its guess taken back', () => {
    const { first, second, said, stream } = ears({ firstDetectsTurns: true });
    expect(stream.detectsTurns).toBe(true);
    stream.speechStarted();
    stream.write(Uint8Array.of(1));
    first.says().turnMayHaveEnded?.('one');
    stream.speechStopped();
    first.says().failed(broken);
    second.says().final('one two', 1);

    expect(stream.detectsTurns).toBe(false);
    expect(said).toEqual(['mayHaveEnded one', 'resumed', 'final one two', 'turnEnded']);
  });

  it('the phrases of the moment are what the next expects', () => {
    const { first, second, stream } = ears();
    stream.expect(['b']);
    first.says().failed(broken);
    expect(second.told).toEqual(['open b']);
  });

  it('nothing that it still says is heard', () => {
    const { first, said } = ears();
    const former = first.says();
    former.failed(broken);
    former.final('late', 1);
    former.failed(broken);
    expect(said).toEqual([]);
  });

  it('the call is told only when nobody is left, and the record of each that took over', () => {
    const { first, second, said, record } = ears();
    first.says().failed(broken);
    expect(said).toEqual([]);
    expect(record).toEqual(['first failed (first: the socket was closed); second listens now.']);
    second.says().failed(new Error('gone'));
    expect(said).toEqual(['failed gone']);
  });
});

/** Speaks each letter as a byte; fails before the byte of number `failsAt`. */
function voice(name: string, about: { failsAt?: number; refusesCalls?: boolean; error?: Error } = {}) {
  const said: string[] = [];
  const source: Synthesis = {
    name,
    open() {
      if (about.refusesCalls) throw new ProviderError('invalid', 'no such language.', { provider: name });
      return {
        async *speak(text) {
          said.push(text);
          for (const [at, letter] of [...Buffer.from(text)].entries()) {
            if (at === about.failsAt) throw about.error ?? broken;
            yield Uint8Array.of(letter);
          }
        },
        close() {},
      };
    },
    async close() {},
  };
  return { source, said };
}

function speaker(first: Synthesis, second: Synthesis) {
  const record: string[] = [];
  const stream = fallbackSynthesis([first, second], quietLog).open({
    callId: 'call-1',
    language: 'en-US',
    voice: 'any',
    explain: text => void record.push(text),
  });
  const speak = async (text: string) => {
    let audio = '';
    for await (const piece of stream.speak(text, new AbortController().signal))
      audio += Buffer.from(piece).toString();
    return audio;
  };
  return { speak, record };
}

describe('When a voice fails', () => {
  it('before a sentence, the next one says it, and the record tells', async () => {
    const { speak, record } = speaker(voice('first', { failsAt: 0 }).source, voice('second').source);
    expect(await speak('hello')).toBe('hello');
    expect(record).toEqual(['first could not speak (first: the socket was closed); second speaks now.']);
  });

  it('in mid-sentence, nobody begins the sentence again', async () => {
    const second = voice('second');
    const { speak, record } = speaker(voice('first', { failsAt: 2 }).source, second.source);
    await expect(speak('hello')).rejects.toBe(broken);
    expect(second.said).toEqual([]);
    expect(record).toEqual(['first could not speak (first: the socket was closed) to the end.']);
  });

  it('twice in a row, it is not tried first any more', async () => {
    const first = voice('first', { failsAt: 0 });
    const { speak } = speaker(first.source, voice('second').source);
    for (const text of ['one', 'two', 'three']) expect(await speak(text)).toBe(text);
    expect(first.said).toEqual(['one', 'two']);
  });

  it('for the whole call, as it does not speak the language, the next speaks', async () => {
    const { speak } = speaker(voice('first', { refusesCalls: true }).source, voice('second').source);
    expect(await speak('hello')).toBe('hello');
  });

  it('the words of a library stay out of the record', async () => {
    const error = new Error('connect failed with key sk-1234567890');
    const { speak, record } = speaker(voice('first', { failsAt: 0, error }).source, voice('second').source);
    await speak('hello');
    expect(record).toEqual(['first could not speak; second speaks now.']);
  });
});
