// Zero crossings of the sinc on either side: at 8 kHz the filter falls from 3.4 to 4.1 kHz.
const HALF_WIDTH = 32;
// Where it is half way down, as a share of the narrower band.
const PASSBAND = 0.94;

/** Changes the sample rate by a low-pass filter (windowed sinc), so that nothing above the new band folds into it. */
export function resample(samples: Float32Array, fromHz: number, toHz: number): Float32Array {
  if (fromHz === toHz) return samples;

  const divisor = greatestCommonDivisor(fromHz, toHz);
  const phases = toHz / divisor;
  const step = fromHz / divisor;
  const filters = Array.from({ length: phases }, (_, phase) => filterAt(phase / phases, fromHz, toHz));
  const reach = (filters[0]!.length - 1) / 2;
  const out = new Float32Array(Math.round((samples.length * toHz) / fromHz));

  for (let i = 0; i < out.length; i++) {
    const position = i * step;
    const filter = filters[position % phases]!;
    const first = Math.floor(position / phases) - reach;
    let sum = 0;
    for (let k = Math.max(0, -first); k < filter.length && first + k < samples.length; k++) {
      sum += filter[k]! * samples[first + k]!;
    }
    out[i] = sum;
  }
  return out;
}

/** The filter's taps around an output sample that lies `fraction` of an input sample after an input sample. */
function filterAt(fraction: number, fromHz: number, toHz: number): Float32Array {
  const bandwidth = Math.min(1, toHz / fromHz);
  const width = HALF_WIDTH / bandwidth;
  const reach = Math.ceil(width);
  const taps = Float32Array.from({ length: 2 * reach + 1 }, (_, k) => {
    const distance = k - reach - fraction;
    return sinc(distance * bandwidth * PASSBAND) * blackman(distance / width);
  });
  const gain = taps.reduce((sum, tap) => sum + tap, 0);
  return taps.map(tap => tap / gain);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function blackman(x: number): number {
  if (Math.abs(x) >= 1) return 0;
  return 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
