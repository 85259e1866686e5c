import type { Language } from '../../../machines/flow.ts';

/**
 * How notices begin that a caller has to be told: that the call is recorded, what is agreed to by going on, what
 * becomes of personal data, what the law prescribes.
 */
const phrases: Readonly<Record<Language, readonly RegExp[]>> = {
  en: [
    /\bcalls?\b.{0,20}\b(?:is|are|will be|may be|might be|can be|is being|are being)\b.{0,12}\b(?:recorded|monitored|transcribed)\b/,
    /\bwe\b.{0,12}\b(?:record|monitor|transcribe)\b.{0,12}\bcalls?\b/,
    /\brecording (?:this|the|your) call\b/,
    /\bfor (?:quality|training|compliance)(?: \w+){0,3} purposes\b/,
    /\bby (?:continuing|staying on the line|remaining on the line|proceeding|using this)\b.{0,30}\b(?:agree|accept|consent)\b/,
    /\byou (?:agree|consent) (?:to|that)\b/,
    /\bterms (?:and conditions|of (?:service|use))\b.{0,20}\bapply\b/,
    /\bprivacy (?:policy|notice|statement)\b/,
    /\b(?:your )?personal (?:data|information)\b.{0,20}\b(?:processed|stored|shared|collected|kept)\b/,
    /\brequired (?:by law|to (?:tell|inform|advise) you)\b/,
    /\blegally binding\b/,
    /\battempt to collect a debt\b/,
    /\bnot (?:financial|investment|medical|legal) advice\b/,
    /\byou have the right to\b/,
  ],
  es: [
    /\bllamada\b.{0,20}\b(?:será|está siendo|va a ser|puede ser|podrá ser|podría ser|se)\b.{0,12}\b(?:graba|grabada|grabar|monitorizada|supervisada)\b/,
    /\b(?:grabamos|grabaremos|monitorizamos)\b.{0,20}\bllamadas?\b/,
    /\bfines de (?:calidad|formación|seguridad)\b/,
    /\bal (?:continuar|seguir|permanecer)\b.{0,40}\b(?:acepta|consiente|autoriza)\b/,
    /\btérminos y condiciones\b/,
    /\bpolítica de privacidad\b|\baviso de privacidad\b/,
    /\bdatos personales\b.{0,30}\b(?:tratados|tratarán|almacenados|almacenarán|compartidos|protegidos)\b/,
    /\b(?:por ley|la ley nos obliga|estamos obligados)\b/,
    /\btiene (?:usted )?derecho a\b/,
  ],
  de: [
    /\b(?:gespräch|anruf|telefonat)\b.{0,30}\b(?:aufgezeichnet|mitgeschnitten|aufgenommen)\b/,
    /\b(?:zeichnen|schneiden|nehmen)\b.{0,30}\b(?:gespräch|anruf)\w*\b.{0,12}\b(?:auf|mit)\b/,
    /\bzu (?:qualitäts|schulungs|trainings)\w*/,
    /\b(?:stimmen|willigen) sie\b.{0,60}\b(?:zu|ein)\b/,
    /\ballgemeinen geschäftsbedingungen\b|\bagb\b/,
    /\bdatenschutz(?:erklärung|hinweis\w*|bestimmungen)\b/,
    /\bpersonenbezogenen? daten\b/,
    /\bgesetzlich (?:vorgeschrieben|verpflichtet)\b/,
    /\bsie haben das recht\b/,
  ],
  fr: [
    /\bappels?\b.{0,30}\b(?:est|sera|seront|sont|peut être|pourra être|peuvent être)\b.{0,12}\benregistrée?s?\b/,
    /\bnous (?:enregistrons|écoutons)\b.{0,20}\bappels?\b/,
    /\bà des fins de (?:qualité|formation|contrôle)\b/,
    /\ben (?:continuant|poursuivant|restant)\b.{0,50}\b(?:acceptez|consentez)\b/,
    /\bconditions générales\b/,
    /\bpolitique de confidentialité\b/,
    /\bdonnées personnelles\b/,
    /\bla loi nous (?:oblige|impose)\b|\bobligation légale\b/,
  ],
  it: [
    /\b(?:chiamata|telefonata)\b.{0,30}\b(?:registrata|monitorata)\b/,
    /\b(?:continuando|proseguendo)\b.{0,40}\b(?:accetta|acconsente)\b/,
    /\btermini e (?:le )?condizioni\b/,
    /\binformativa sulla privacy\b/,
    /\bdati personali\b/,
  ],
  pt: [
    /\b(?:chamada|ligação)\b.{0,30}\b(?:gravada|monitorada|monitorizada)\b/,
    /\bao (?:continuar|prosseguir)\b.{0,40}\b(?:aceita|concorda|autoriza)\b/,
    /\btermos e condições\b/,
    /\bpolítica de privacidade\b/,
    /\bdados pessoais\b/,
  ],
  nl: [
    /\bgesprek\b.{0,30}\b(?:opgenomen|afgeluisterd)\b/,
    /\bdoor (?:verder te gaan|aan de lijn te blijven)\b.{0,40}\bakkoord\b/,
    /\balgemene voorwaarden\b/,
    /\bprivacyverklaring\b|\bprivacybeleid\b/,
    /\bpersoonsgegevens\b/,
  ],
};

/** The edge of a word, in any alphabet: JavaScript's own takes `á` for a space. */
const EDGE = String.raw`(?:(?<!\p{L})(?=\p{L})|(?<=\p{L})(?!\p{L}))`;

const patterns = new Map(
  Object.entries(phrases).map(([language, written]) => [
    language,
    written.map(({ source }) => new RegExp(source.replaceAll('\\b', EDGE), 'u')),
  ]),
);

/** Whether a sentence reads like something that a caller has to be told. A question is no notice. */
export function isNotice(sentence: string, language: Language): boolean {
  if (/[?？]\s*$/.test(sentence)) return false;
  const plain = sentence.toLowerCase().normalize('NFC');
  return (patterns.get(language) ?? []).some(pattern => pattern.test(plain));
}
