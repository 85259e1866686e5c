import fc from 'fast-check';
import twilio from 'twilio';
import { describe, expect, it } from 'vitest';
import { ServerAddress } from '../../../src/caller/server-address.ts';
import { readTwiml } from '../../../src/caller/twiml.ts';
import { readXml } from '../../../src/caller/xml.ts';

// What XML 1.0 can carry in an attribute and give back unchanged.
const text = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .filter(s => !/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u.test(s));

describe('TwiML', () => {
  it('from Twilio’s own writer is read as it was meant, whatever the values', () => {
    fc.assert(
      fc.property(
        text,
        text.filter(s => s.trim() === s && s !== ''),
        (value, spoken) => {
          const response = new twilio.twiml.VoiceResponse();
          const stream = response.connect({ action: 'https://h/a?x=1&y=2' }).stream({ url: 'wss://h/m' });
          stream.parameter({ name: 'token', value });
          response.say(spoken);
          response.pause({ length: 2 });
          response.dial('+15551234567');
          response.hangup();

          expect(readTwiml(response.toString())).toEqual([
            {
              verb: 'connect',
              streamUrl: 'wss://h/m',
              parameters: { token: value },
              action: 'https://h/a?x=1&y=2',
            },
            { verb: 'say', text: spoken },
            { verb: 'pause', delayMs: 2_000 },
            { verb: 'dial', targets: ['+15551234567'], action: null },
            { verb: 'hangup' },
          ]);
        },
      ),
    );
  });

  it.each([
    ['<Response><Connect></Connect></Response>', /exactly one <Stream>/],
    ['<Response><Connect><Stream url="http://h/m"/></Connect></Response>', /must be wss/],
    ['<Response><Connect><Stream url="ws://h/m"/></Connect></Response>', /must be wss/],
    ['<Response><Redirect/></Response>', /<Redirect> is empty/],
    [
      `<Response><Connect><Stream url="wss://h/m"><Parameter name="n" value="${'v'.repeat(499)}"/></Stream></Connect></Response>`,
      /under 500/,
    ],
  ])('is refused where Twilio would not take it: %#', (source, reason) => {
    expect(() => readTwiml(source)).toThrow(reason);
  });
});

describe('XML', () => {
  it('may have a declaration, comments, CDATA, either kind of quotes and numbered characters', () => {
    const source = `\uFEFF<?xml version="1.0"?><!-- <a> --><a b='"' c = "&#65;&#x42;"><![CDATA[<&]]> &lt;x&gt; <d/></a>\n`;
    expect(readXml(source)).toEqual({
      name: 'a',
      attributes: { b: '"', c: 'AB' },
      children: [{ name: 'd', attributes: {}, children: [], text: '' }],
      text: '<& <x>',
    });
  });

  it.each([
    '',
    'text',
    '<a>',
    '<a></b>',
    '</a>',
    '<a/><b/>',
    '<a b=c/>',
    '<a>&nbsp;</a>',
    '<a>a & b</a>',
    '<!DOCTYPE a><a/>',
  ])('is refused when it is %j', source => {
    expect(() => readXml(source)).toThrow('not well-formed XML');
  });
});

describe('an address of the server', () => {
  const local = 'http://127.0.0.1:8080';

  it.each([
    [local, undefined, 'ws://127.0.0.1:8080/m', 'ws://127.0.0.1:8080/m'],
    [local, undefined, 'wss://localhost:8080/m', 'ws://127.0.0.1:8080/m'],
    [local, undefined, 'wss://calls.example.com/m', 'ws://127.0.0.1:8080/m'],
    [local, 'https://calls.example.com', 'https://calls.example.com/p?q', 'http://127.0.0.1:8080/p?q'],
    [local, 'https://calls.example.com', 'wss://edge.example.com/m', 'wss://edge.example.com/m'],
    [local, undefined, 'ws://127.0.0.1:8787/edge', 'ws://127.0.0.1:8787/edge'],
    ['https://calls.example.com', undefined, 'wss://calls.example.com/m', 'wss://calls.example.com/m'],
    ['https://calls.example.com', undefined, 'wss://edge.example.com/m', 'wss://edge.example.com/m'],
  ])('at %s, known as %s, leads from %s to %s', (server, publicUrl, url, reachable) => {
    expect(new ServerAddress(server, publicUrl).reachable(url)).toBe(reachable);
  });
});
