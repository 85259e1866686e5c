import { expect, it } from 'vitest';
import { phraseListOf } from '../../../../src/providers/azure-speech/recognition/phrase-list.ts';
import { ssmlOf } from '../../../../src/providers/azure-speech/synthesis/ssml.ts';
import {
  azureSpeechLanguage,
  azureSpeechLanguages,
  azureSpeechVoice,
} from '../../../../src/providers/azure-speech/voices.ts';

it('there are more than fifty languages, each locale once, each with a voice of its own', () => {
  const locales = azureSpeechLanguages.map(({ locale }) => locale);
  expect(new Set(locales).size).toBe(locales.length);
  expect(new Set(azureSpeechLanguages.map(({ language }) => language)).size).toBeGreaterThanOrEqual(50);
  for (const { locale, language, voice } of azureSpeechLanguages) {
    expect(Intl.getCanonicalLocales(locale)).toEqual([locale]);
    expect(language).toMatch(/^[A-Z][a-z]+$/);
    expect(voice).toMatch(new RegExp(`^${locale}-[A-Z][A-Za-z]+Neural$`));
  }
});

it.each([
  ['en-US', 'en-US'],
  ['de', 'de-DE'],
  ['pt-AO', 'pt-BR'],
  ['ZH-hk', 'zh-HK'],
  ['yue', 'yue-CN'],
  ['yue-HK', 'zh-HK'],
  ['zh', 'zh-CN'],
  ['no', 'nb-NO'],
  ['tlh', undefined],
])('%s is spoken as %s', (language, locale) => {
  expect(azureSpeechLanguage(language)?.locale).toBe(locale);
});

it.each([
  ['fr-CA-JeanNeural', 'fr-FR', 'fr-CA-JeanNeural'],
  ['en-US-AvaMultilingualNeural', 'fr-FR', 'en-US-AvaMultilingualNeural'],
  ['zh-CN-liaoning-XiaobeiNeural', 'zh-CN', 'zh-CN-liaoning-XiaobeiNeural'],
  ['en-US-JennyNeural', 'fr-FR', 'fr-FR-DeniseNeural'],
  ['thalia', 'fr-FR', 'fr-FR-DeniseNeural'],
  ['thalia', 'tlh', null],
])('the voice %s for %s is %s', (voice, language, chosen) => {
  expect(azureSpeechVoice(voice, language)).toBe(chosen);
});

it('phrases are cut at their slots, and each is listed once', () => {
  const phrases = ['My order is {number}', 'my order is {number} please', 'no', '{city}', '查詢訂單', '好'];
  expect(phraseListOf(phrases, ['Aybiza'])).toEqual(['Aybiza', 'My order is', 'please', '查詢訂單', '好']);
});

it('a text cannot become markup, and signs that XML cannot hold are left out', () => {
  const ssml = ssmlOf({ text: `</voice><audio src='x'/>\u0000\ud800 & so`, voice: 'v', language: 'en-US' });
  expect(ssml).toContain('>&lt;/voice&gt;&lt;audio src=&apos;x&apos;/&gt;   &amp; so</voice></speak>');
});
