import type { Rule } from '../finding.ts';
import { confirmationRules } from './confirmation.ts';
import { confusableRules } from './confusable.ts';
import { deadlineRules } from './deadlines.ts';
import { dictionaryRules } from './dictionary.ts';
import { disclosureRules } from './disclosure.ts';
import { factRules } from './facts.ts';
import { forbiddenRules } from './forbidden.ts';
import { formRules } from './form.ts';
import { inertRules } from './inert.ts';
import { languageRules } from './languages.ts';
import { nameRules } from './names.ts';
import { paramRules } from './params.ts';
import { phraseRules } from './phrases.ts';
import { questionRules } from './questions.ts';
import { reachRules } from './reach.ts';
import { speechRules } from './speech.ts';
import { subflowRules } from './subflows.ts';
import { targetRules } from './targets.ts';
import { textRules } from './text.ts';
import { toolRules } from './tools.ts';

/** What is asked of a file's text, before there is a chart to look at. */
export { textRules };

/** One line for each family. */
export const chartRules: readonly Rule[] = [
  ...formRules,
  ...nameRules,
  ...paramRules,
  ...targetRules,
  ...forbiddenRules,
  ...inertRules,
  ...subflowRules,
  ...reachRules,
  ...deadlineRules,
  ...questionRules,
  ...toolRules,
  ...confirmationRules,
  ...factRules,
  ...languageRules,
  ...disclosureRules,
  ...speechRules,
  ...confusableRules,
  ...phraseRules,
  ...dictionaryRules,
];

/** Every rule there is. */
export const rules: readonly Rule[] = [...textRules, ...chartRules];
