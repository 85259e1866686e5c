/** Speaks a caller's lines with the embedded Flite voice. Loads it only when there is something to say. */
export async function speakLines(lines: readonly string[], voice = 'rms'): Promise<Uint8Array[]> {
  if (lines.length === 0) return [];

  const { openFliteSynthesis } = await import('../providers/embedded/synthesis/flite.ts');
  const synthesis = await openFliteSynthesis();
  const stream = synthesis.open({ callId: 'caller', voice, language: 'en-US' });
  const { signal } = new AbortController();
  try {
    const spoken: Uint8Array[] = [];
    for (const line of lines) {
      const pieces: Uint8Array[] = [];
      for await (const piece of stream.speak(line, signal)) pieces.push(piece.slice());
      spoken.push(Buffer.concat(pieces));
    }
    return spoken;
  } finally {
    stream.close();
    await synthesis.close();
  }
}
