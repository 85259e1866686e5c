import { chunksOf } from '../speech/sound.ts';
import { audioFrame, newId, textFrame } from './framing.ts';

import { readSsml } from './ssml.ts';
import type { AzureSession, AzureSessionOptions } from './wire.ts';

const IDLE_LIMIT_MS = 300_000;
const TICKS_A_BYTE = 1_250;
export const MU_LAW_FORMAT = 'raw-8khz-8bit-mono-mulaw';

/** Synthesis of one SSML document after the other, each a turn of its own. */
export function openSynthesise({
  voice,
  firstAudioDelayMs,
  output,
  close,
}: AzureSessionOptions): AzureSession {
  let format = '';
  let turn: string | null = null;

  function speak(requestId: string, ssml: string): void {
    const spoken = readSsml(ssml);
    if (typeof spoken === 'string') return void close(1007, spoken);
    if (format !== MU_LAW_FORMAT) return void close(1007, `Unsupported output format ${format}.`);
    turn = requestId;
    const streamId = newId();
    const say = (path: string, body: object) => output.push(textFrame(path, requestId, body));
    say('turn.start', { context: { serviceTag: newId() } });
    say('response', { context: { serviceTag: newId() }, audio: { type: 'inline', streamId } });
    const audio = voice(spoken.text);
    chunksOf(audio).forEach(
      (chunk, i) => void output.push(audioFrame(requestId, streamId, chunk), i === 0 ? firstAudioDelayMs : 0),
    );
    say('audio.metadata', {
      Metadata: [{ Type: 'SessionEnd', Data: { Offset: audio.length * TICKS_A_BYTE } }],
    });
    output.push(audioFrame(requestId, streamId, null));
    say('turn.end', {});
  }

  return {
    idleLimitMs: IDLE_LIMIT_MS,
    message({ path, requestId, text }) {
      if (path === 'synthesis.context') format = formatOf(text ?? '');
      else if (path === 'ssml') speak(requestId, text ?? '');
      else if (path === 'synthesis.control') this.endTurn();
      else if (path !== 'speech.config' && path !== 'telemetry') close(1002, `Unknown path ${path}.`);
    },
    endTurn() {
      output.clear();
      if (turn) output.push(textFrame('turn.end', turn, {}));
      turn = null;
    },
  };
}

function formatOf(text: string): string {
  try {
    const { synthesis } = JSON.parse(text) as { synthesis?: { audio?: { outputFormat?: string } } };
    return synthesis?.audio?.outputFormat ?? '';
  } catch {
    return '';
  }
}
