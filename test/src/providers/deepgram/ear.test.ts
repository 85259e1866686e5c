import { describe, expect, it, onTestFinished } from 'vitest';
import { turnTaking } from '../../../../machines/turn-taking.ts';
import { SimulatedClock } from '../../../../runtime/clock.ts';
import { Ear, type Heard } from '../../../../runtime/media/ear.ts';
import { startDeepgramEmulator } from '../../../../src/emulators/deepgram/deepgram.ts';
import { openDeepgramRecognition } from '../../../../src/providers/deepgram/recognition/open.ts';
import { Secret } from '../../../../src/secret.ts';
import { scriptedVoiceActivity } from '../../../harness/scripted-providers.ts';
import { isVoice, SILENCE, speak, wordIn } from '../../../harness/spoken-text.ts';
import { KEY } from './listening.ts';

/** An ear on Deepgram, one frame of the line at a time. */
async function earOn(model: string) {
  const clock = new SimulatedClock();
  const emulator = await startDeepgramEmulator({
    apiKey: KEY,
    clock,
    hear: frame => ({ isVoice: isVoice(frame), word: wordIn(frame) }),
  });
  const recognition = openDeepgramRecognition({
    apiKey: new Secret(KEY),
    baseUrl: emulator.url,
    clock,
    model,
  });
  const told: Heard[] = [];
  const ear = new Ear({
    clock,
    recognition,
    voiceActivity: scriptedVoiceActivity(),
    recognitionOptions: { callId: 'CA1', language: 'en-US', phrases: ['where is my order'] },
    turnTaking: turnTaking.listening,
    utterances: 0,
    tell: heard => told.push(heard),
    noteEndpoint: () => {},
  });
  onTestFinished(async () => {
    ear.close();
    await recognition.close();
    await emulator.close();
  });

  async function turns(count: number): Promise<void> {
    while (told.filter(({ type }) => type === 'caller.finished').length < count) {
      ear.write(SILENCE);
      await clock.advance(20);
      // The network runs on real time: frames may not leave it far behind.
      for (let i = 0; i < 20; i++) await new Promise<void>(resolve => setImmediate(resolve));
    }
  }
  async function write(frames: readonly Uint8Array[]): Promise<void> {
    for (const frame of frames) {
      ear.write(frame);
      await clock.advance(20);
    }
  }
  const said = () => told.flatMap(heard => (heard.type === 'caller.finished' ? [heard.text] : []));
  return { emulator, told, said, write, turns };
}

for (const model of ['nova-3', 'flux-general-en'])
  describe(`the ear on ${model}`, () => {
    it('hears one turn for each that is spoken', async () => {
      const { write, turns, said, told } = await earOn(model);
      await write(speak('where is my order'));
      await turns(1);
      await write(speak('it is four seven one one'));
      await turns(2);
      expect(said()).toEqual(['where is my order', 'it is four seven one one']);
      expect(told.filter(({ type }) => type === 'hearing.failed')).toEqual([]);
    });

    it('hears the whole turn when the socket falls in the middle of it', async () => {
      const { write, turns, said, emulator } = await earOn(model);
      await write(speak('my order is number'));
      emulator.dropSockets();
      await write(speak('four seven one one'));
      await turns(1);
      await write(speak('goodbye'));
      await turns(2);
      expect(said()).toEqual(['my order is number four seven one one', 'goodbye']);
    });
  });
