import type { HttpRequest, HttpResponse, HttpRoute } from '../../runtime/cloud/transport.ts';
import type { CallStart } from '../../runtime/journal.ts';
import { BYTES_PER_MS } from '../../runtime/media/media-streams.ts';
import { readRange } from '../recordings/byte-range.ts';
import { peaksOf } from '../recordings/peaks.ts';
import { TRACKS, type Track } from '../recordings/recording.ts';
import type { Recordings, TrackAudio } from '../recordings/recordings.ts';
import { WAV_HEADER_BYTES, wavHeader } from '../recordings/wav-header.ts';
import type { ApiAccess } from './access.ts';
import { errorResponse, jsonResponse } from './json-response.ts';

export interface RecordingRoutesOptions {
  access: ApiAccess;
  recordings: Pick<Recordings, 'audio'>;
  /** By the carrier's SID, or by our own id; null for a call that is not known. */
  startOf(id: string): Promise<CallStart | null>;
  /** Whether whoever asks is shown marks for what is personal in this call: no mark can be laid over a voice. */
  isWithheld(request: HttpRequest, start: CallStart): boolean;
  /** A recording could not be read. The client gets a 503 without the cause. */
  onError(error: unknown): void;
}

/** A range that is left open is given two minutes at a time. */
const OPEN_RANGE_BYTES = 1024 * 1024;
/** Two hours: what is longer is asked for in parts. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const MAX_POINTS = 4_000;
const DEFAULT_POINTS = 800;

/** What a call sounded like: each track as a WAV file, and as the shape of it. */
export function recordingRoutes(options: RecordingRoutesOptions): HttpRoute[] {
  const { access, recordings, startOf, isWithheld, onError } = options;

  async function find(request: HttpRequest, track: Track): Promise<TrackAudio | HttpResponse> {
    const id = request.params.callSid ?? '';
    const start = /^[\w-]{8,64}$/.test(id) ? await startOf(id) : null;
    if (start && isWithheld(request, start))
      return errorResponse(
        403,
        'The transcripts of this call are redacted, and a voice cannot be. The API key lets its audio out.',
      );
    const audio = start && (await recordings.audio(start.callId, track));
    return (
      audio ??
      errorResponse(
        404,
        'No audio of such a call was kept here. With RECORDING=on it is, for RECORDING_DAYS.',
      )
    );
  }

  function route(
    path: string,
    answer: (audio: TrackAudio, request: HttpRequest) => Promise<HttpResponse>,
  ): HttpRoute {
    return {
      method: 'GET',
      path,
      async handle(request) {
        const refusal = access(request);
        if (refusal) return refusal;
        const asked = new URLSearchParams(request.query).get('track');
        const track = TRACKS.find(name => name === asked);
        if (!track) return errorResponse(400, 'track must be caller or agent.');

        try {
          const audio = await find(request, track);
          if ('status' in audio) return audio;
          return await answer(audio, request).finally(() => audio.close());
        } catch (error) {
          onError(error);
          return errorResponse(
            503,
            'The recording cannot be read at the moment. Try again; the log of the server says why.',
          );
        }
      },
    };
  }

  return [route('/api/calls/:callSid/audio', wavFile), route('/api/calls/:callSid/peaks', shape)];
}

async function wavFile(audio: TrackAudio, { headers }: HttpRequest): Promise<HttpResponse> {
  const size = WAV_HEADER_BYTES + audio.bytes;
  const range = readRange(headers.range, size, OPEN_RANGE_BYTES);
  const common = { 'content-type': 'audio/wav', 'accept-ranges': 'bytes', 'cache-control': 'no-store' };
  if (range === 'unsatisfiable')
    return errorResponse(416, `The file has ${size} bytes.`, { 'content-range': `bytes */${size}` });

  const { from, to } = range ?? { from: 0, to: size - 1 };
  if (to - from >= MAX_ANSWER_BYTES)
    return errorResponse(
      416,
      `The file has ${size} bytes; ask for at most ${MAX_ANSWER_BYTES} of them at once, with a Range header.`,
      { 'content-range': `bytes */${size}` },
    );
  const body = await bytesOf(audio, from, to);
  if (!range) return { status: 200, headers: common, body };
  return { status: 206, headers: { ...common, 'content-range': `bytes ${from}-${to}/${size}` }, body };
}

async function bytesOf(audio: TrackAudio, from: number, to: number): Promise<Buffer> {
  const header = wavHeader(audio.bytes).subarray(from, to + 1);
  const body = Buffer.allocUnsafe(to + 1 - from);
  header.copy(body);
  const samples = body.subarray(header.length);
  const read = samples.length > 0 ? await audio.read(samples, Math.max(0, from - WAV_HEADER_BYTES)) : 0;
  if (read < samples.length) throw new Error('The recording has become shorter.');
  return body;
}

async function shape(audio: TrackAudio, { query }: HttpRequest): Promise<HttpResponse> {
  const asked = new URLSearchParams(query);
  const durationMs = Math.floor(audio.bytes / BYTES_PER_MS);
  const fromMs = wholeNumber(asked.get('from'), 0);
  const toMs = wholeNumber(asked.get('to'), durationMs);
  const points = wholeNumber(asked.get('points'), DEFAULT_POINTS);
  if (fromMs === null || toMs === null || toMs < fromMs)
    return errorResponse(400, 'from and to must be milliseconds from the call’s start, to not before from.');
  if (points === null || points < 1 || points > MAX_POINTS)
    return errorResponse(400, `points must be a whole number from 1 to ${MAX_POINTS}.`);

  const peaks = await peaksOf(audio, { from: fromMs * BYTES_PER_MS, to: toMs * BYTES_PER_MS, points });
  return jsonResponse(200, { fromMs, toMs, durationMs, peaks });
}

/** The fallback without a text, null for one that is no whole number. */
function wholeNumber(text: string | null, fallback: number): number | null {
  if (text === null) return fallback;
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
