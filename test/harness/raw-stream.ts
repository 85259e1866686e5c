import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import { MU_LAW_SILENCE } from '../../runtime/media/mulaw.ts';
import { ServerAddress } from '../../src/caller/server-address.ts';
import { CONNECTED, mediaMessage, startMessage } from '../../src/caller/stream-messages.ts';
import { readTwiml } from '../../src/caller/twiml.ts';
import { Webhooks } from '../../src/caller/webhooks.ts';
import { type WireServer, within } from './wire-server.ts';

export function newCallSid(): string {
  return `CA${randomBytes(16).toString('hex')}`;
}

/** What the carrier posts about a call that rings. */
export function webhookForm(callSid: string, fields: Record<string, string> = {}): Record<string, string> {
  return {
    AccountSid: `AC${'0'.repeat(32)}`,
    CallSid: callSid,
    CallStatus: 'ringing',
    Direction: 'inbound',
    From: '+12025550123',
    To: '+12025550100',
    ...fields,
  };
}

type Address = Pick<WireServer, 'url'>;

/** Posts a webhook as the carrier would; the TwiML of the answer. Throws unless it is 2xx. */
export function postWebhook(server: Address, path: string, form: Record<string, string>): Promise<string> {
  return new Webhooks([new ServerAddress(server.url)]).post(`${server.url}/api/twilio/${path}`, form);
}

/** Announces a call; the token that its stream must show. */
export async function announced(server: Address, callSid: string, fields: Record<string, string> = {}) {
  const [connect] = readTwiml(await postWebhook(server, 'voice', webhookForm(callSid, fields)));
  if (connect?.verb !== 'connect') throw new Error(`The server answered with <${connect?.verb}>.`);
  return connect.parameters.token ?? '';
}

/** A WebSocket on the media path that sends what it is told to, and no frames by itself. */
export class RawStream {
  readonly callSid: string;
  readonly streamSid = `MZ${randomBytes(16).toString('hex')}`;
  readonly socket: WebSocket;
  /** Of the agent's voice. */
  audioBytes = 0;
  #echoesMarks = false;
  #waitingMarks: string[] = [];
  readonly #closing: Promise<{ code: number; reason: string }>;
  #sequence = 0;

  private constructor(server: Address, callSid: string) {
    this.callSid = callSid;
    this.socket = new WebSocket(`${server.url.replace('http', 'ws')}/twilio/media`, {
      perMessageDeflate: false,
    });
    // A broken connection is what these tests are about; `closed` tells of it.
    this.socket.on('error', () => {});
    this.socket.on('message', data => this.#received(data.toString()));
    this.#closing = new Promise(resolve =>
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
  }

  /** Connects and says nothing. */
  static async connect(server: Address, callSid = newCallSid()): Promise<RawStream> {
    const stream = new RawStream(server, callSid);
    const opened = new Promise<void>((resolve, reject) => {
      stream.socket.once('open', resolve);
      stream.socket.once('error', reject);
    });
    await within(opened, () => 'a media stream to open');
    return stream;
  }

  /** The HTTP status that an upgrade is refused with, or null when it is not. */
  static refusal(url: string, headers: Record<string, string>): Promise<number | null> {
    const socket = new WebSocket(url, { headers });
    return new Promise((resolve, reject) => {
      socket.once('unexpected-response', (_, response) => {
        resolve(response.statusCode ?? 0);
        socket.terminate();
      });
      socket.once('open', () => {
        resolve(null);
        socket.close();
      });
      socket.on('error', reject);
    });
  }

  /** Connects as the carrier does, up to a call that has begun. */
  static async start(
    server: WireServer,
    fields: Record<string, string> = {},
    prepare: (stream: RawStream) => void = () => {},
  ): Promise<RawStream> {
    const callSid = newCallSid();
    const token = await announced(server, callSid, fields);
    const stream = await RawStream.connect(server, callSid);
    prepare(stream);
    stream.sendStart(token);
    await server.call(callSid);
    return stream;
  }

  send(message: string | Buffer | object): void {
    const isText = typeof message === 'string';
    this.socket.send(isText || Buffer.isBuffer(message) ? message : JSON.stringify(message), {
      binary: Buffer.isBuffer(message),
    });
  }

  sendStart(token: string, parameters: Record<string, string> = {}): void {
    const { callSid, streamSid } = this;
    this.send(CONNECTED);
    const identity = { accountSid: `AC${'0'.repeat(32)}`, callSid, streamSid };
    this.send(startMessage(++this.#sequence, identity, { token, ...parameters }));
  }

  sendPayload(payload: string): void {
    this.send(mediaMessage(this.streamSid, ++this.#sequence, this.#sequence, 20 * this.#sequence, payload));
  }

  /** Silence of any length. */
  sendAudio(sizeBytes = 160): void {
    this.sendPayload(Buffer.alloc(sizeBytes, MU_LAW_SILENCE).toString('base64'));
  }

  /** From now on everything that arrives is played in no time. */
  echoMarks(): void {
    this.#echoesMarks = true;
    for (const name of this.#waitingMarks.splice(0)) this.#echo(name);
  }

  hangUp(): void {
    this.send({ event: 'stop', streamSid: this.streamSid, stop: {} });
    this.socket.close(1000);
  }

  /** The network breaks. */
  drop(): void {
    this.socket.terminate();
  }

  closed(): Promise<{ code: number; reason: string }> {
    return within(this.#closing, () => 'the server to close a stream');
  }

  #received(text: string): void {
    const message = JSON.parse(text);
    if (message.event === 'media') this.audioBytes += Buffer.from(message.media.payload, 'base64').length;
    if (message.event !== 'mark') return;
    if (this.#echoesMarks) this.#echo(message.mark.name);
    else this.#waitingMarks.push(message.mark.name);
  }

  #echo(name: string): void {
    this.send({ event: 'mark', streamSid: this.streamSid, mark: { name } });
  }
}
