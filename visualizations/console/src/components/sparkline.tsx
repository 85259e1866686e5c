const WIDTH = 64;
const HEIGHT = 18;

/** The last values as a line, the newest as a dot. All lines of a list share a scale: give the same `max`. */
export function Sparkline({
  values,
  max,
  isSlow = false,
}: {
  values: readonly number[];
  max: number;
  isSlow?: boolean;
}) {
  if (values.length === 0) return <svg class="spark" width={WIDTH} height={HEIGHT} aria-hidden="true" />;

  const step = values.length > 1 ? (WIDTH - 4) / (values.length - 1) : 0;
  const x = (index: number) => (values.length > 1 ? 2 + index * step : WIDTH - 2);
  const y = (value: number) => HEIGHT - 2 - (Math.min(value, max) / max) * (HEIGHT - 4);
  const points = values.map((value, index) => `${x(index).toFixed(1)} ${y(value).toFixed(1)}`);
  const last = values.length - 1;
  return (
    <svg class={isSlow ? 'spark slow' : 'spark'} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path d={`M${points.join('L')}`} />
      <circle cx={x(last)} cy={y(values[last] as number)} r="2" />
    </svg>
  );
}
