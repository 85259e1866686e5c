import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { Note } from '../../../runtime/journal.ts';
import { CallLine, type LineEvent } from '../../../runtime/media/line.ts';
import { Pacer } from '../../../runtime/media/pacer.ts';
import { defaultPlayout } from '../../../runtime/media/playout.ts';
import type { CarrierSocket } from '../../../runtime/ports.ts';
import {
  scriptedRecognition,
  scriptedSynthesis,
  scriptedVoiceActivity,
} from '../../harness/scripted-providers.ts';
import { SILENCE, speak } from '../../harness/spoken-text.ts';

class Socket implements CarrierSocket {
  readonly sent: string[] = [];
  closedWith: string | null = null;
  readonly bufferedBytes = 0;
  send(text: string): 'sent' {
    this.sent.push(JSON.parse(text).event);
    return 'sent';
  }
  close(code: number, reason: string): void {
    this.closedWith = `${code} ${reason}`;
  }
}

function rig(recognitionMs = 0) {
  const clock = new SimulatedClock();
  const told: LineEvent[] = [];
  const notes: Note[] = [];
  const synthesis = scriptedSynthesis(clock);
  const line = new CallLine({
    clock,
    pacer: new Pacer(clock),
    playout: defaultPlayout,
    floor: 'listening',
    ear: {
      voiceActivity: scriptedVoiceActivity(),
      recognition: scriptedRecognition(clock, { recognitionMs }),
      recognitionOptions: { callId: 'call-1', language: 'en-US', phrases: [] },
      utterances: 0,
    },
    synthesis: synthesis.open({ callId: 'call-1', voice: 'test', language: 'en-US' }),
    tell: event => told.push(event),
    note: note => notes.push(note),
    firstFrame: () => {},
  });
  const socket = new Socket();
  line.attach(socket, 'MZ1');
  return { clock, line, socket, told, notes, types: () => told.map(({ type }) => type) };
}

const sentences = [
  { text: 'One two.', fromByte: 0, toByte: 1_600 },
  { text: 'Three four.', fromByte: 1_600, toByte: 3_200 },
];

/** Turn 1 is spoken; `heardBytes` of it are acknowledged. */
function speaking(heardBytes: number) {
  const made = rig();
  made.line.openTurn(1, { sentences, waiting: [], isBetweenSentences: true, next: null });
  made.line.playout.write(1, new Uint8Array(3_200));
  made.clock.advanceSync(400);
  for (const bytes of [1_600, 3_200])
    if (bytes <= heardBytes) made.line.receive({ event: 'mark', name: `1:${bytes}` });
  return made;
}

describe('a call’s line', () => {
  it('says once, when interrupted, what was heard of the turn and what was not', () => {
    const { line, notes, socket } = speaking(1_600);
    line.interrupt();
    line.interrupt();
    expect(socket.sent.filter(event => event === 'clear')).toHaveLength(1);
    expect(notes.filter(({ type }) => type === 'turn.heard')).toEqual([
      { type: 'turn.heard', turn: 1, bytes: 1_600, text: 'One two.', interrupted: true },
    ]);
    expect(line.unheard).toEqual(['Three four.']);
  });

  it('tells that the turn was heard, and what comes next, once the last mark is back', () => {
    const { line, told, notes } = speaking(1_600);
    line.endTurn(1, 'hangUp');
    expect(told).toEqual([]);
    line.receive({ event: 'mark', name: '1:3200' });
    expect(told).toEqual([{ type: 'voice.finished', turn: 1, next: 'hangUp' }]);
    expect(notes.at(-1)).toMatchObject({ text: 'One two. Three four.', interrupted: false });
    expect(line.unheard).toEqual([]);
  });

  it('is lost with its socket, but not with one that has been replaced', () => {
    const { line, socket, types } = rig();
    const newer = new Socket();
    line.attach(newer, 'MZ2');
    line.detach(socket, 'gone');
    expect([line.isAttached, types()]).toEqual([true, []]);
    line.detach(newer, 'gone');
    line.detach(newer, 'gone');
    expect([line.isAttached, types()]).toEqual([false, ['line.lost']]);
  });

  it('hands audio, keys and the hang-up on', () => {
    const { clock, line, types } = rig();
    for (const audio of [...speak('yes.'), ...Array<Buffer>(40).fill(SILENCE)]) {
      line.receive({ event: 'media', audio });
      clock.advanceSync(20);
    }
    line.receive({ event: 'dtmf', digit: '5' });
    line.receive({ event: 'stop' });
    expect(types()).toEqual([
      'caller.spoke',
      'caller.paused',
      'caller.mayHaveFinished',
      'caller.finished',
      'caller.keyed',
      'caller.hungUp',
    ]);
  });

  it('waits for the last words before it closes', async () => {
    const { clock, line, socket, types } = rig(300);
    for (const audio of speak('one more thing')) line.receive({ event: 'media', audio });
    const finished = line.finish();
    await clock.advance(299);
    expect(socket.closedWith).toBe(null);
    await clock.advance(1);
    await finished;
    expect(types().slice(0, 2)).toEqual(['caller.spoke', 'caller.finished']);
    expect(socket.closedWith).toBe('1000 call ended');
  });

  it('waits no longer than half a second for them', async () => {
    const { clock, line, socket } = rig(10_000);
    for (const audio of speak('one more thing')) line.receive({ event: 'media', audio });
    const finished = line.finish();
    await clock.advance(500);
    await finished;
    expect(socket.closedWith).toBe('1000 call ended');
  });

  it('settles what was heard, and closes everything, when the call breaks off', () => {
    const { clock, line, socket, notes } = speaking(1_600);
    line.close();
    expect(notes.at(-1)).toMatchObject({ type: 'turn.heard', text: 'One two.', interrupted: true });
    expect(socket.closedWith).toBe('1001 call ended');
    clock.advanceSync(10_000);
    expect(clock.pending).toBe(0);
  });
});
