/**
 * What Azure Speech both recognises and speaks: locale, language, default neural voice. Per
 * https://learn.microsoft.com/azure/ai-services/speech-service/language-support. The first locale of a language is its default.
 */
const table = `
  af-ZA Afrikaans Adri
  am-ET Amharic Mekdes
  ar-EG Arabic Salma
  ar-AE Arabic Fatima
  ar-BH Arabic Laila
  ar-DZ Arabic Amina
  ar-IQ Arabic Rana
  ar-JO Arabic Sana
  ar-KW Arabic Noura
  ar-LB Arabic Layla
  ar-LY Arabic Iman
  ar-MA Arabic Mouna
  ar-OM Arabic Aysha
  ar-QA Arabic Amal
  ar-SA Arabic Zariyah
  ar-SY Arabic Amany
  ar-TN Arabic Reem
  ar-YE Arabic Maryam
  az-AZ Azerbaijani Banu
  bg-BG Bulgarian Kalina
  bn-IN Bengali Tanishaa
  bs-BA Bosnian Vesna
  ca-ES Catalan Joana
  cs-CZ Czech Vlasta
  cy-GB Welsh Nia
  da-DK Danish Christel
  de-DE German Katja
  de-AT German Ingrid
  de-CH German Leni
  el-GR Greek Athina
  en-US English AvaMultilingual
  en-AU English Natasha
  en-CA English Clara
  en-GB English Sonia
  en-HK English Yan
  en-IE English Emily
  en-IN English Neerja
  en-KE English Asilia
  en-NG English Ezinne
  en-NZ English Molly
  en-PH English Rosa
  en-SG English Luna
  en-TZ English Imani
  en-ZA English Leah
  es-ES Spanish Elvira
  es-AR Spanish Elena
  es-BO Spanish Sofia
  es-CL Spanish Catalina
  es-CO Spanish Salome
  es-CR Spanish Maria
  es-CU Spanish Belkys
  es-DO Spanish Ramona
  es-EC Spanish Andrea
  es-GQ Spanish Teresa
  es-GT Spanish Marta
  es-HN Spanish Karla
  es-MX Spanish Dalia
  es-NI Spanish Yolanda
  es-PA Spanish Margarita
  es-PE Spanish Camila
  es-PR Spanish Karina
  es-PY Spanish Tania
  es-SV Spanish Lorena
  es-US Spanish Paloma
  es-UY Spanish Valentina
  es-VE Spanish Paola
  et-EE Estonian Anu
  eu-ES Basque Ainhoa
  fa-IR Persian Dilara
  fi-FI Finnish Selma
  fil-PH Filipino Blessica
  fr-FR French Denise
  fr-BE French Charline
  fr-CA French Sylvie
  fr-CH French Ariane
  ga-IE Irish Orla
  gl-ES Galician Sabela
  gu-IN Gujarati Dhwani
  he-IL Hebrew Hila
  hi-IN Hindi Swara
  hr-HR Croatian Gabrijela
  hu-HU Hungarian Noemi
  hy-AM Armenian Anahit
  id-ID Indonesian Gadis
  is-IS Icelandic Gudrun
  it-IT Italian Elsa
  ja-JP Japanese Nanami
  jv-ID Javanese Siti
  ka-GE Georgian Eka
  kk-KZ Kazakh Aigul
  km-KH Khmer Sreymom
  kn-IN Kannada Sapna
  ko-KR Korean SunHi
  lo-LA Lao Keomany
  lt-LT Lithuanian Ona
  lv-LV Latvian Everita
  mk-MK Macedonian Marija
  ml-IN Malayalam Sobhana
  mn-MN Mongolian Yesui
  mr-IN Marathi Aarohi
  ms-MY Malay Yasmin
  mt-MT Maltese Grace
  my-MM Burmese Nilar
  nb-NO Norwegian Pernille
  ne-NP Nepali Hemkala
  nl-NL Dutch Colette
  nl-BE Dutch Dena
  pl-PL Polish Agnieszka
  ps-AF Pashto Latifa
  pt-BR Portuguese Francisca
  pt-PT Portuguese Raquel
  ro-RO Romanian Alina
  ru-RU Russian Svetlana
  si-LK Sinhala Thilini
  sk-SK Slovak Viktoria
  sl-SI Slovenian Petra
  so-SO Somali Ubax
  sq-AL Albanian Anila
  sr-RS Serbian Sophie
  sv-SE Swedish Sofie
  sw-KE Swahili Zuri
  sw-TZ Swahili Rehema
  ta-IN Tamil Pallavi
  te-IN Telugu Shruti
  th-TH Thai Premwadee
  tr-TR Turkish Emel
  uk-UA Ukrainian Polina
  ur-IN Urdu Gul
  uz-UZ Uzbek Madina
  vi-VN Vietnamese HoaiMy
  wuu-CN Wu Xiaotong
  yue-CN Cantonese XiaoMin
  zh-CN Chinese Xiaoxiao
  zh-HK Cantonese HiuMaan
  zh-TW Chinese HsiaoChen
  zu-ZA Zulu Thando
`;

export interface AzureSpeechLanguage {
  /** BCP-47, as recognition and SSML take it. */
  locale: string;
  /** In English. */
  language: string;
  /** As `en-GB-SoniaNeural`. */
  voice: string;
}

export const azureSpeechLanguages: readonly AzureSpeechLanguage[] = table
  .trim()
  .split('\n')
  .map(row => {
    const [locale = '', language = '', name = ''] = row.trim().split(' ');
    return { locale, language, voice: `${locale}-${name}Neural` };
  });

/** Cantonese is written in two ways, and Norwegian named by two. */
const aliases: Record<string, string> = {
  yue: 'yue-CN',
  'yue-hk': 'zh-HK',
  no: 'nb-NO',
  'no-no': 'nb-NO',
  tl: 'fil-PH',
};

/** The row for a language (`de`, `de-DE`), or for the nearest to it. Null: Azure does not know the language. */
export function azureSpeechLanguage(language: string): AzureSpeechLanguage | null {
  const wanted = (aliases[language.toLowerCase()] ?? language).toLowerCase();
  const rows = azureSpeechLanguages;
  return (
    rows.find(({ locale }) => locale.toLowerCase() === wanted) ??
    rows.find(({ locale }) => primaryOf(locale) === primaryOf(wanted)) ??
    null
  );
}

/**
 * The voice that speaks a language: the one that is named when it is Azure's (`fr-FR-DeniseNeural`) and of that language or of
 * many, else the language's default. Null: Azure does not speak the language.
 */
export function azureSpeechVoice(voice: string, language: string): string | null {
  const known = azureSpeechLanguage(language);
  const isAzures = /^[a-z]{2,3}-[A-Za-z-]+(Neural|:[A-Za-z0-9]+Neural)$/.test(voice);
  if (isAzures && (!known || voice.includes('Multilingual') || primaryOf(voice) === primaryOf(known.locale)))
    return voice;
  return known?.voice ?? null;
}

function primaryOf(locale: string): string {
  return locale.split('-')[0]?.toLowerCase() ?? '';
}
