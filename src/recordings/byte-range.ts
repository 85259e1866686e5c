/** Both ends belong to it. */
export interface ByteRange {
  from: number;
  to: number;
}

/**
 * The one range that a `Range` header asks for of `size` bytes (RFC 9110, section 14.2): null where there is none that we
 * serve, so that the whole is answered; `unsatisfiable` where it begins behind the end. One that is left open is given
 * `openBytes`: who wants more asks again.
 */
export function readRange(
  header: string | undefined,
  size: number,
  openBytes: number,
): ByteRange | 'unsatisfiable' | null {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return null;
  if (first === '') {
    const bytes = Math.min(Number(last), size);
    return bytes === 0 ? 'unsatisfiable' : { from: size - bytes, to: size - 1 };
  }

  const from = Number(first);
  if (last !== '' && Number(last) < from) return null;
  if (from >= size) return 'unsatisfiable';
  return { from, to: Math.min(last === '' ? from + openBytes - 1 : Number(last), size - 1) };
}
