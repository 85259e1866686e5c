import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Secret } from '../secret.ts';

/** A key from a variable or from standard input. Not from an argument: those stand in the list of processes. */
export async function readKey(
  variable: string | undefined,
  input: Readable & { isTTY?: boolean } = process.stdin,
): Promise<Secret> {
  if (variable !== undefined) {
    const value = process.env[variable]?.trim();
    if (!value) throw new Error('The variable that --key-env names is empty. Put the key into it.');
    return new Secret(value);
  }
  // A terminal would show the key as it is typed.
  if (input.isTTY)
    throw new Error(
      'Pipe the key in, as `aybiza company key set acme < key.txt`, or name a variable with --key-env.',
    );
  const value = (await text(input)).trim();
  if (!value) throw new Error('Standard input held no key. Pipe it in, or name a variable with --key-env.');
  return new Secret(value);
}
