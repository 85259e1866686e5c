import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { flowEndings } from '../flows/flow-file.ts';
import { partsFolder } from '../flows/flows.ts';
import { type FlowText, nameOfFile } from './flow-text.ts';

/** The texts of every flow in `folder`, and of every part, the flows first. */
export async function readFlowTexts(folder: string): Promise<FlowText[]> {
  return [...(await readTextsIn(folder)), ...(await readTextsIn(partsFolder(folder)))];
}

/** The text of a flow or part in `folder` by its name, or of a file by its path. Throws with the names there are. */
export async function findFlowText(nameOrPath: string, folder: string): Promise<FlowText> {
  if (flowEndings.some(ending => nameOrPath.endsWith(ending))) {
    const file = resolve(nameOrPath);
    const text = await readFile(file, 'utf8').catch(() => {
      throw new Error(`There is no file ${file}. Name a flow, or the path of its .ts or .json file.`);
    });
    return { name: nameOfFile(file), file, text };
  }
  const texts = await readFlowTexts(folder);
  const found = texts.find(({ name }) => name === nameOrPath);
  if (found) return found;
  const names = texts.map(({ name }) => name).join(', ') || 'none';
  throw new Error(`There is no flow '${nameOrPath}' in ${folder}; there are: ${names}.`);
}

/** The texts of the flows that lie in `folder` itself; none when there is no such folder. */
export async function readTextsIn(folder: string): Promise<FlowText[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = entries
    .filter(entry => entry.isFile() && isFlowFile(entry.name))
    .map(({ name }) => join(folder, name))
    .sort();
  return Promise.all(
    files.map(async file => ({ name: nameOfFile(file), file, text: await readFile(file, 'utf8') })),
  );
}

function isFlowFile(name: string): boolean {
  return (
    flowEndings.some(ending => name.endsWith(ending)) &&
    !/\.(d|test)\.ts$/.test(name) &&
    !name.startsWith('.')
  );
}
