import { type SpeechEmulator, type SpeechEmulatorOptions, withDefaults } from '../speech/emulator.ts';
import { startSpeechServer } from '../speech/server.ts';
import { runSocket } from '../speech/socket.ts';
import { openRecognise } from './recognise.ts';
import { answerSynthesis } from './rest.ts';
import { openSynthesise } from './synthesise.ts';
import { type AzureSession, type AzureSessionOptions, wire } from './wire.ts';

export interface AzureSpeechEmulatorOptions extends Partial<SpeechEmulatorOptions> {
  /** The only key that is let in. */
  key: string;
  /** Silence at the beginning of a turn that is told as `InitialSilenceTimeout`. Default 15,000. */
  initialSilenceMs?: number;
}

export interface AzureSpeechEmulator extends SpeechEmulator {
  /** Ends the turns of all sockets, as the service does now and then in a long recognition. */
  endTurns(): void;
}

const KEY_NAME = 'ocp-apim-subscription-key';
const RECOGNITION =
  /^(\/stt)?\/speech\/(universal\/v2|recognition\/(conversation|interactive|dictation)\/cognitiveservices\/v1)$/;
const SYNTHESIS = /^(\/tts)?\/cognitiveservices\/websocket\/v1$/;
const SYNTHESIS_REQUEST = /^(\/tts)?\/cognitiveservices\/v1$/;

/** Azure's recognition and synthesis over WebSockets, and synthesis over HTTP, on a loopback port. */
export async function startAzureSpeechEmulator({
  key,
  initialSilenceMs = 15_000,
  ...given
}: AzureSpeechEmulatorOptions): Promise<AzureSpeechEmulator> {
  const options = withDefaults(given, 'en-US');
  const { clock, transcripts } = options;
  const sessions = new Set<AzureSession>();
  const emulator = await startSpeechServer({
    name: 'azure-speech',
    clock,
    transcripts,
    isKeyKnown: headers => headers[KEY_NAME] === key,
    refusalOf: (status, headers) => ({ status, headers, body: '' }),
    maskQuery(query) {
      // The SDK sends every header twice: as it should, and in the query.
      for (const name of [...query.keys()]) if (name.toLowerCase() === KEY_NAME) query.set(name, '[secret]');
    },
    socketAt(path) {
      const open = sessionAt(path);
      if (!open) return null;
      return (ws, { recorded, fault }) => {
        const session = runSocket(ws, { clock, fault, recorded }, wire, joined =>
          open({ ...options, ...joined, query: recorded.query, initialSilenceMs }),
        );
        sessions.add(session);
        ws.once('close', () => sessions.delete(session));
      };
    },
    requestAt(path, method) {
      if (!SYNTHESIS_REQUEST.test(path) || method !== 'POST') return null;
      return (response, admitted) => answerSynthesis(response, admitted, options);
    },
  });
  return Object.assign(emulator, {
    endTurns() {
      for (const session of sessions) session.endTurn();
    },
  });
}

function sessionAt(path: string): ((options: AzureSessionOptions) => AzureSession) | null {
  if (RECOGNITION.test(path)) return openRecognise;
  return SYNTHESIS.test(path) ? openSynthesise : null;
}
