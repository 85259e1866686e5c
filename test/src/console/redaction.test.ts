import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FactType } from '../../../machines/flow.ts';
import type { FlowView } from '../../../machines/flow-view.ts';
import type { LogEntry } from '../../../runtime/journal.ts';
import { CallRedaction } from '../../../src/console/redaction/call-redaction.ts';
import { markText } from '../../../src/console/redaction/marks.ts';

const FACTS: Record<string, FactType> = {
  name: { type: 'text', personal: true, description: 'Who calls.' },
  orderNumber: { type: 'digits', description: 'The order.' },
  branch: { type: 'text', description: 'Which shop.' },
};
const WORDS = 'hello please my order is late and I am at home since Monday thank you'.split(' ');
const DIGIT_WORDS = 'zero one two three four five six seven eight nine'.split(' ');

const words = fc.array(fc.constantFrom(...WORDS), { minLength: 0, maxLength: 6 }).map(all => all.join(' '));
const name = fc.stringMatching(/^[B-Z][b-zäéñ]{3,9} [B-Z][b-zø]{4,9}x$/);
const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 14 });
const separator = fc.constantFrom('', ' ', '-', '.', ' - ', ', ');

/** A number as people write and say it; `seen` finds it in clear. */
const number = fc.oneof(
  fc
    .tuple(digits, separator, fc.constantFrom('', '+', '('))
    .map(([all, between, sign]) => sign + all.join(between)),
  digits.map(all => all.map(digit => DIGIT_WORDS[digit]).join(' ')),
  digits.map(all => `double ${all.map(digit => DIGIT_WORDS[digit]).join(', ')}`),
);
const email = fc
  .tuple(fc.stringMatching(/^[a-z]{3,8}$/), fc.stringMatching(/^[a-z]{3,8}$/), fc.boolean())
  .map(([who, where, isSpoken]) => (isSpoken ? `${who} at ${where} dot com` : `${who}@${where}.com`));

describe('a redacted text', () => {
  it('has no number, address or personal value left, whatever stands around them', () => {
    fc.assert(
      fc.property(words, number, words, email, words, name, words, (a, told, b, mail, c, who, d) => {
        const redaction = new CallRedaction(FACTS);
        redaction.learnFacts({ name: who });
        const text = [a, told, b, 'and', mail, c, who.toUpperCase(), d, who.split(' ')[0], '.'].join(' ');
        const shown = redaction.text(text);
        expect(shown).not.toMatch(/\p{Nd}/u);
        expect(shown).not.toMatch(/\b(zero|three|four|five|six|seven|eight|nine)\b/);
        expect(shown).not.toContain('@');
        expect(shown).not.toContain(' dot com');
        for (const piece of who.split(' ')) expect(shown.toLowerCase()).not.toContain(piece.toLowerCase());
        for (const word of a.split(' ')) expect(shown).toContain(word);
      }),
    );
  });

  it.each([
    ['Your order 1024 leaves at 10.', 'Your order [digits] leaves at 10.'],
    ['call me at +1 (202) 555-0123 please', 'call me at [phone] please'],
    ['one zero two four', '[digits]'],
    ['four thousand and eleven', '[digits]'],
    ['it was born in nineteen eighty four', 'it was born in [digits]'],
    ['mi número es cuatro siete uno', 'mi número es [digits]'],
    ['one or two of the three and no more', 'one or two of the three and no more'],
    ['jane.doe+x@mail.example.org!', '[email]!'],
    ['', ''],
  ])('%j is %j', (text, shown) => {
    expect(markText(text)).toBe(shown);
  });
});

describe('a redacted call', () => {
  const view = (slots: string[]): FlowView =>
    ({
      collects: {},
      choices: [
        { event: 'caller.said', description: '', slots: Object.fromEntries(slots.map(slot => [slot, {}])) },
      ],
    }) as unknown as FlowView;
  const said = (seq: number, text: string): LogEntry => ({
    seq,
    atMs: seq,
    kind: 'event',
    event: { type: 'caller.finished', utterance: seq, text, confidence: 1, by: 'voice' },
  });

  it('shows nothing of words that were said where a personal fact was asked for, understood or not', () => {
    const redaction = new CallRedaction(FACTS);
    const shown = [
      redaction.entry(said(1, 'it is quite misheard'), view(['name'])),
      redaction.entry(said(2, 'in the main street'), view(['branch'])),
      redaction.entry(
        { seq: 3, atMs: 3, kind: 'event', event: { type: 'caller.keyed', digit: '7' } },
        view([]),
      ),
    ];
    expect(JSON.stringify(shown)).not.toContain('misheard');
    expect(shown[1]).toMatchObject({ event: { text: 'in the main street' } });
    expect(shown[2]).toMatchObject({ event: { digit: '•' } });
    expect(redaction.unanswered('it is quite misheard')).toBe('[personal]');
  });

  it('marks a personal value in all that came before it was found out, and in what tools were told', () => {
    const chose: LogEntry = {
      seq: 9,
      atMs: 9,
      kind: 'event',
      event: {
        type: 'reply.chose',
        turn: 2,
        choice: 'caller.said',
        facts: { name: 'Ada Quill', branch: 'Leeds' },
      },
    };
    const log: LogEntry[] = [
      said(1, 'this is ada quill'),
      {
        seq: 2,
        atMs: 2,
        kind: 'note',
        note: { type: 'reply.sentence', turn: 2, index: 0, text: 'Hello Ada.' },
      },
      chose,
      {
        seq: 10,
        atMs: 10,
        kind: 'event',
        event: {
          type: 'reply.requestedTools',
          turn: 2,
          calls: [
            {
              id: 'a',
              name: 'find',
              input: { name: 'A. Quill', number: 4711, deep: [{ text: 'Quill 12345' }] },
            },
          ],
        },
      },
    ];
    const redaction = new CallRedaction(FACTS);
    redaction.learn(log);
    const shown = log.map(entry => redaction.entry(entry, view([])));
    expect(JSON.stringify(shown)).not.toMatch(/quill|\bada\b|4711|12345/i);
    expect(shown[2]).toMatchObject({ event: { facts: { name: '[personal]', branch: 'Leeds' } } });
    expect(log[2]).toBe(chose);
  });

  it('takes everything for personal where its flow is not known', () => {
    const redaction = new CallRedaction(null);
    expect(redaction.entry(said(1, 'anything at all'), null)).toMatchObject({
      event: { text: '[personal]' },
    });
    expect(redaction.facts({ branch: 'Leeds' })).toEqual({ branch: '[personal]' });
  });
});
