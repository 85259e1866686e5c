/** Of the kernel, on each side. More is sharper and later. */
const ZERO_CROSSINGS = 12;
/** Of half the lower rate. What lies above it is faded out. */
const PASS_BAND = 0.9;

/**
 * Changes the rate of a stream of samples by a fraction, exactly: a windowed sinc of which every output uses one of
 * `to / gcd` shifts. It is late by half the kernel, some 1.5 ms.
 */
export class Resampler {
  readonly #phases: readonly Float32Array[];
  readonly #step: number;
  readonly #taps: number;
  /** Written twice, so that a kernel never has to wrap around. */
  readonly #history: Float32Array;
  #at = 0;
  #phase = 0;

  constructor(fromHz: number, toHz: number) {
    const divisor = gcd(fromHz, toHz);
    const count = toHz / divisor;
    this.#step = fromHz / divisor;
    const lower = Math.min(fromHz, toHz);
    const half = Math.ceil((ZERO_CROSSINGS * fromHz) / lower);
    this.#taps = 2 * half;
    this.#history = new Float32Array(2 * this.#taps);
    const cutoff = (PASS_BAND * lower) / 2 / fromHz;
    this.#phases = Array.from({ length: count }, (_, phase) => kernel(half, cutoff, phase / count));
  }

  /** Takes one sample and gives those that are due, none or several. */
  push(sample: number, emit: (sample: number) => void): void {
    this.#at = this.#at === 0 ? this.#taps - 1 : this.#at - 1;
    this.#history[this.#at] = sample;
    this.#history[this.#at + this.#taps] = sample;
    const count = this.#phases.length;
    for (; this.#phase < count; this.#phase += this.#step) emit(this.#sum(this.#phases[this.#phase]!));
    this.#phase -= count;
  }

  #sum(kernel: Float32Array): number {
    let sum = 0;
    for (let tap = 0; tap < kernel.length; tap++) sum += kernel[tap]! * this.#history[this.#at + tap]!;
    return sum;
  }
}

/** `shift`: how far after the newest sample the output is, in samples; the newest sample comes first. */
function kernel(half: number, cutoff: number, shift: number): Float32Array {
  const taps = Float32Array.from({ length: 2 * half }, (_, tap) => {
    const at = tap - half + shift;
    const x = 2 * Math.PI * cutoff * at;
    const sinc = at === 0 ? 1 : Math.sin(x) / x;
    const hann = 0.5 + 0.5 * Math.cos((Math.PI * at) / half);
    return sinc * hann;
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map(tap => tap / sum);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
