import { Dictionary } from '../providers/embedded/recognition/dictionary.ts';
import { dictionaryFile } from '../providers/embedded/recognition/sphinx-package.ts';
import type { FindUnknownWords } from './subject.ts';

/** Looks words up in the embedded recogniser's dictionary, once there are any; undefined when it is not installed. */
export function embeddedDictionary(): FindUnknownWords | undefined {
  let file: string;
  try {
    file = dictionaryFile();
  } catch {
    return undefined;
  }
  let dictionary: Dictionary | undefined;
  return words => {
    if (words.length === 0) return [];
    dictionary ??= new Dictionary(file);
    return dictionary.lacking(words);
  };
}
