import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeMuLaw } from '../../../runtime/media/mulaw.ts';
import { isVoiced } from '../../../src/caller/speech-meter.ts';
import { writeStereoWav } from '../../../src/caller/wav.ts';
import { callCommand } from '../../../src/cli/call.ts';
import { type ServerStream, startServer, type TestServer } from './carrier-server.ts';

let server: TestServer;
let folder: string;
let printed: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'call-'));
  printed = [];
  vi.spyOn(console, 'log').mockImplementation(line => void printed.push(String(line)));
});

afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await server.close();
  await rm(folder, { recursive: true });
});

function tone(ms: number): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, i) => 8_000 * Math.sin(i * 0.3));
}

/** An agent that says something when called, after each key and after each utterance, and hangs up after `answers`. */
function agent(stream: ServerStream, answers: number, heard: string[]): void {
  let silentFrames = 20;
  const speak = () => {
    stream.media(encodeMuLaw(tone(100)));
    stream.mark(heard.length < answers ? 'answer' : 'goodbye');
  };
  const hears = (what: string) => {
    heard.push(what);
    speak();
  };
  stream.socket.on('message', data => {
    const message = JSON.parse(data.toString());
    if (message.event === 'dtmf') hears(`key ${message.dtmf.digit}`);
    if (message.event === 'mark' && message.mark.name === 'goodbye') stream.socket.close(1000);
    if (message.event !== 'media') return;

    const voiced = isVoiced(Buffer.from(message.media.payload, 'base64'));
    silentFrames = voiced ? 0 : silentFrames + 1;
    if (silentFrames === 5) hears('voice');
  });
  speak();
}

async function serve(calls: unknown = { turns: [] }) {
  server = await startServer(({ path: at }) => {
    if (at.startsWith('/api/calls/')) return JSON.stringify(calls);
    if (at === '/api/twilio/voice') {
      const url = server.url.replace('http', 'ws');
      return `<Response><Connect><Stream url="${url}/media"/></Connect><Redirect>/resume</Redirect></Response>`;
    }
    return at === '/resume' ? '<Response><Hangup/></Response>' : '';
  });
}

async function command(...args: string[]): Promise<number | string | undefined> {
  await callCommand().parseAsync(['--server', server.url, ...args], { from: 'user' });
  return process.exitCode ?? undefined;
}

describe('the call command', () => {
  it('takes its turns in the order of the command line, records both sides and ends with 0', async () => {
    await serve({
      turns: [
        { turn: 1, caller: null, agent: { heard: 'Hello.', interrupted: false } },
        { turn: 2, caller: { text: 'one' }, agent: { heard: 'You pressed one.', interrupted: false } },
      ],
    });
    const words = path.join(folder, 'words.wav');
    const record = path.join(folder, 'both.wav');
    await writeFile(words, writeStereoWav(tone(100), tone(100)));
    const heard: string[] = [];
    const serving = server.stream(0).then(stream => agent(stream, 3, heard));

    const turns = ['--keys', '1', '--wav', words, '--keys', '2'];
    const code = await command(
      ...turns,
      '--patience',
      '250',
      '--wait',
      '--record',
      record,
      '--timeout',
      '20',
    );
    await serving;

    expect(heard).toEqual(['key 1', 'voice', 'key 2']);
    expect(code).toBe(0);
    const account = printed.join('\n');
    expect(account).toMatch(/presses 1\n.*caller {2}“.*words\.wav”\n.*presses 2\n.*the agent hung up/s);
    expect(account).toMatch(
      /agent {3}said “Hello\.”\n.*server {2}heard “one”\n.*agent {3}said “You pressed one\.”/s,
    );
    expect(account).toContain('3 of 3 turns, 1 stream.');
    const wav = await readFile(record);
    const peak = (offset: number) =>
      Math.max(
        ...Array.from({ length: (wav.length - 44) / 4 }, (_, i) => wav.readInt16LE(44 + offset + 4 * i)),
      );
    expect([peak(0), peak(2)].every(level => level > 7_000)).toBe(true);
  });

  it('ends with 1 when the agent hangs up before the plan is through', async () => {
    await serve();
    const serving = server.stream(0).then(stream => agent(stream, 1, []));
    expect(await command('--keys', '1', '--keys', '2', '--patience', '250', '--timeout', '20')).toBe(1);
    await serving;
    expect(printed.join('\n')).toContain('1 of 2 turns');
  });

  it('hangs up on Ctrl-C, and still tells the server and keeps the recording', async () => {
    await serve();
    const record = path.join(folder, 'both.wav');
    const calling = command('--record', record);
    const stream = await server.stream(0);
    await stream.until(({ messages }) => messages.length > 3);
    process.emit('SIGINT');

    expect(await calling).toBe(130);
    expect(stream.of('stop')).toHaveLength(1);
    expect(server.webhooks.map(w => w.path)).toContain('/api/twilio/status');
    expect((await readFile(record)).length).toBeGreaterThan(44);
  });

  it.each([
    ['a file that is missing', ['--wav', '/nowhere/words.wav'], /\/nowhere\/words\.wav: ENOENT/],
    ['a barge-in beyond the turns', ['--keys', '1', '--barge-in', '2:500'], /there are only 1 turns/],
  ])('says what is wrong with %s, and does not call', async (_, args, reason) => {
    await serve();
    expect(await command(...args)).toBe(1);
    expect(printed.join('\n')).toMatch(reason);
    expect(server.webhooks).toEqual([]);
  });

  it('says how to start a server when there is none', async () => {
    await serve();
    await server.close();
    expect(await command()).toBe(1);
    expect(printed.join('\n')).toMatch(/No server answers at http.*`npm start`.*--server URL/);
    await serve();
  });
});
