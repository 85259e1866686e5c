import type { RecognitionListener } from '../../../../runtime/ports.ts';

export type HeardEvent =
  | { type: 'partial'; text: string; complete: boolean }
  | { type: 'final'; text: string; confidence: number }
  | { type: 'turnEnded' | 'turnResumed' | 'heardVoice' }
  | { type: 'turnMayHaveEnded'; text: string }
  | { type: 'heardLanguage'; language: string }
  | { type: 'failed'; error: Error };

/** Keeps what a recogniser tells, and waits for it. */
export class Heard implements RecognitionListener {
  readonly events: HeardEvent[] = [];
  /** For the call's record. */
  readonly explained: string[] = [];
  #waiting: (() => void)[] = [];

  partial(text: string, complete: boolean): void {
    this.#add({ type: 'partial', text, complete });
  }
  final(text: string, confidence: number): void {
    this.#add({ type: 'final', text, confidence });
  }
  turnEnded(): void {
    this.#add({ type: 'turnEnded' });
  }
  turnMayHaveEnded(text: string): void {
    this.#add({ type: 'turnMayHaveEnded', text });
  }
  turnResumed(): void {
    this.#add({ type: 'turnResumed' });
  }
  heardVoice(): void {
    this.#add({ type: 'heardVoice' });
  }
  heardLanguage(language: string): void {
    this.#add({ type: 'heardLanguage', language });
  }
  failed(error: Error): void {
    this.#add({ type: 'failed', error });
  }

  of<Type extends HeardEvent['type']>(type: Type): Extract<HeardEvent, { type: Type }>[] {
    return this.events.filter(event => event.type === type) as Extract<HeardEvent, { type: Type }>[];
  }

  /** All final words, in order. */
  get words(): string {
    return this.of('final')
      .map(({ text }) => text)
      .filter(Boolean)
      .join(' ');
  }

  async until(isSo: (heard: Heard) => boolean): Promise<void> {
    while (!isSo(this)) await new Promise<void>(resolve => this.#waiting.push(resolve));
  }

  #add(event: HeardEvent): void {
    this.events.push(event);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
