import { once } from 'node:events';
import {
  AudioConfig,
  AudioFormatTag,
  AudioInputStream,
  AudioStreamFormat,
  PropertyId,
  ResultReason,
  SpeechConfig,
  SpeechRecognizer,
  SpeechSynthesisOutputFormat,
  type SpeechSynthesisResult,
  SpeechSynthesizer,
} from 'microsoft-cognitiveservices-speech-sdk';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { decodeMuLaw, linear16ToBytes } from '../../../runtime/media/mulaw.ts';
import {
  type AzureSpeechEmulatorOptions,
  startAzureSpeechEmulator,
} from '../../../src/emulators/azure-speech/azure-speech.ts';
import { toneOf } from '../../../src/emulators/speech/sound.ts';
import { SILENCE } from '../../harness/spoken-text.ts';

const KEY = 'canary-77c0ffee';
const LOUD = Buffer.alloc(160, 0x00);

async function start(options: Partial<AzureSpeechEmulatorOptions> = {}) {
  const emulator = await startAzureSpeechEmulator({ key: KEY, ...options });
  onTestFinished(() => emulator.close());
  const config = SpeechConfig.fromHost(new URL(emulator.url.replace('http', 'ws')), KEY);
  return { emulator, config };
}

it('lets the SDK recognise once, over the path of a container, in PCM, to the end of the audio', async () => {
  const { emulator, config } = await start({ transcripts: ['good morning to you'] });
  const stream = AudioInputStream.createPushStream(AudioStreamFormat.getWaveFormatPCM(8_000, 16, 1));
  const recogniser = new SpeechRecognizer(config, AudioConfig.fromStreamInput(stream));
  const frames = [...Array<Buffer>(30).fill(LOUD), ...Array<Buffer>(10).fill(SILENCE)];
  for (const frame of frames) stream.write(Uint8Array.from(linear16ToBytes(decodeMuLaw(frame))).buffer);
  stream.close();
  const result = await new Promise<{ reason: ResultReason; text: string; duration: number }>(
    (resolve, reject) => recogniser.recognizeOnceAsync(resolve, reject),
  );
  recogniser.close();

  expect(result.reason).toBe(ResultReason.RecognizedSpeech);
  expect(result.text).toBe('good morning to you');
  // 600 ms, in units of 100 ns.
  expect(result.duration).toBe(6_000_000);
  expect(emulator.requests[0]?.path).toBe('/speech/recognition/interactive/cognitiveservices/v1');
});

it('refuses, with 1007, audio that it cannot take', async () => {
  const { config } = await start();
  const format = AudioStreamFormat.getWaveFormat(16_000, 8, 1, AudioFormatTag.ALaw);
  const stream = AudioInputStream.createPushStream(format);
  config.setProperty(PropertyId.SpeechServiceConnection_RecognitionEndpointVersion, '2');
  const recogniser = new SpeechRecognizer(config, AudioConfig.fromStreamInput(stream));
  const details = new Promise<string>(resolve => {
    recogniser.canceled = (_, { errorDetails }) => resolve(errorDetails);
  });
  recogniser.startContinuousRecognitionAsync();
  expect(await details).toBe('Unsupported audio format. websocket error code: 1007');
  stream.close();
});

it('lets the SDK speak, and refuses voices and formats that it does not have', async () => {
  const { config } = await start();
  const speak = (ssml: string, format: SpeechSynthesisOutputFormat) => {
    config.speechSynthesisOutputFormat = format;
    const synthesiser = new SpeechSynthesizer(config, null);
    return new Promise<SpeechSynthesisResult>((resolve, reject) =>
      synthesiser.speakSsmlAsync(ssml, resolve, reject),
    ).finally(() => synthesiser.close());
  };
  const ssmlOf = (voice: string) =>
    `<speak version="1.0" xml:lang="en-US"><voice name="${voice}">Hi &amp; bye</voice></speak>`;
  const mulaw = SpeechSynthesisOutputFormat.Raw8Khz8BitMonoMULaw;

  const spoken = await speak(ssmlOf('en-US-JennyNeural'), mulaw);
  expect(spoken.reason).toBe(ResultReason.SynthesizingAudioCompleted);
  expect(Buffer.from(spoken.audioData).equals(toneOf('Hi & bye'))).toBe(true);
  // 60 ms a character.
  expect(spoken.audioDuration).toBe(8 * 600_000);

  expect((await speak(ssmlOf('nobody'), mulaw)).errorDetails).toBe(
    'Unsupported voice nobody. websocket error code: 1007',
  );
  expect((await speak('<speak>', mulaw)).errorDetails).toContain('1007');
  const mp3 = SpeechSynthesisOutputFormat.Audio16Khz32KBitRateMonoMp3;
  expect((await speak(ssmlOf('en-US-JennyNeural'), mp3)).errorDetails).toContain('1007');
});

it('answers over HTTP as over the socket, and says no as the service does', async () => {
  const { emulator } = await start();
  const post = (headers: Record<string, string>, body: string, path = '/cognitiveservices/v1') =>
    fetch(`${emulator.url}${path}`, { method: 'POST', headers, body });
  const headers = {
    'ocp-apim-subscription-key': KEY,
    'content-type': 'application/ssml+xml',
    'x-microsoft-outputformat': 'raw-8khz-8bit-mono-mulaw',
  };
  const ssml = '<speak xml:lang="en-US"><voice name="en-US-JennyNeural">Hello</voice></speak>';

  const spoken = await post(headers, ssml);
  expect(Buffer.from(await spoken.arrayBuffer()).equals(toneOf('Hello'))).toBe(true);
  expect((await post({ ...headers, 'ocp-apim-subscription-key': 'other' }, ssml)).status).toBe(401);
  expect((await post({ ...headers, 'content-type': 'text/plain' }, ssml)).status).toBe(415);
  expect((await post(headers, 'Hello')).status).toBe(400);
  expect((await post(headers, ssml, '/nowhere')).status).toBe(404);
  emulator.nextFaults.push({ kind: 'throttle', ms: 3_000 }, { kind: 'serverError' }, { kind: 'refuse' });
  const throttled = await post(headers, ssml);
  expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '3']);
  expect((await post(headers, ssml)).status).toBe(503);
  await expect(post(headers, ssml)).rejects.toThrow();
});

it('closes an idle voice after five minutes, with 1000', async () => {
  const clock = new SimulatedClock();
  const { emulator } = await start({ clock });
  const socket = new WebSocket(`${emulator.url}/tts/cognitiveservices/websocket/v1`, {
    headers: { 'Ocp-Apim-Subscription-Key': KEY },
  });
  await once(socket, 'open');
  await clock.advance(299_999);
  expect(emulator.openSockets).toBe(1);
  const closed = once(socket, 'close');
  await clock.advance(1);
  expect((await closed)[0]).toBe(1000);
});

it('closes a socket that speaks another protocol, and keeps no key', async () => {
  const { emulator } = await start();
  const socket = new WebSocket(`${emulator.url}/stt/speech/universal/v2?Ocp-Apim-Subscription-Key=${KEY}`, {
    headers: { 'Ocp-Apim-Subscription-Key': KEY },
  });
  await once(socket, 'open');
  socket.send('{"type":"hello"}');
  expect((await once(socket, 'close'))[0]).toBe(1007);
  expect(
    JSON.stringify([emulator.requests[0]?.query.toString(), emulator.requests[0]?.headers]),
  ).not.toContain(KEY);
});
