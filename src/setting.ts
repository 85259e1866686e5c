import { z } from 'zod';
import { Secret } from './secret.ts';

/** What a setting says about itself. */
export interface SettingMeta {
  description: string;
  /** What the value counts or how it is written. */
  unit: string;
  /** Shown instead of the default when that is absent or computed. */
  shownDefault?: string;
  secret?: boolean;
}

/** One setting, for `--help` and the documentation. */
export interface SettingRow {
  name: string;
  description: string;
  unit: string;
  default: string;
  secret: boolean;
}

/** One row for each setting, in reading order. */
export function describeAll(fields: Readonly<Record<string, z.ZodType>>): SettingRow[] {
  return Object.entries(fields).map(([name, field]) => {
    const meta = field.meta() as unknown as SettingMeta;
    const fallback = meta.shownDefault ?? String(field.parse(undefined) ?? 'none');
    return {
      name,
      description: meta.description,
      unit: meta.unit,
      default: fallback,
      secret: meta.secret ?? false,
    };
  });
}

/** A rule for the text of a setting. */
export type Rule = RegExp | ((text: string) => boolean);

/** A whole number between two bounds, both allowed. */
export function whole(from: number, to: number, fallback: number, meta: SettingMeta) {
  return z
    .string()
    .refine(text => /^\d{1,9}$/.test(text) && Number(text) >= from && Number(text) <= to, {
      error: `write a whole number from ${from} to ${to} (${meta.unit}).`,
    })
    .transform(Number)
    .default(fallback)
    .meta({ ...meta });
}

/** Text that follows `rule`; `wanted` completes "write …". */
export function text(rule: Rule, wanted: string, fallback: string, meta: SettingMeta) {
  return following(rule, wanted)
    .default(fallback)
    .meta({ ...meta });
}

export function optionalText(rule: Rule, wanted: string, meta: SettingMeta) {
  return following(rule, wanted)
    .optional()
    .meta({ ...meta });
}

export function secret(rule: Rule, wanted: string, meta: Omit<SettingMeta, 'secret'>) {
  return following(rule, wanted)
    .transform(value => new Secret(value))
    .optional()
    .meta({ ...meta, secret: true });
}

/** Secrets with commas between; the rule holds for each. */
export function secretList(
  rule: (text: string) => boolean,
  wanted: string,
  meta: Omit<SettingMeta, 'secret'>,
) {
  return following(value => value.split(',').every(rule), wanted)
    .transform(value => value.split(',').map(one => new Secret(one)))
    .optional()
    .meta({ ...meta, secret: true });
}

export function choice<const Value extends string>(
  values: readonly Value[],
  fallback: NoInfer<Value>,
  meta: Omit<SettingMeta, 'unit'>,
) {
  return z
    .enum(values, { error: `write one of ${values.join(', ')}.` })
    .default(fallback as z.util.NoUndefined<Value>)
    .meta({ ...meta, unit: values.join(' | ') });
}

export function optionalChoice<const Value extends string>(
  values: readonly Value[],
  meta: Omit<SettingMeta, 'unit'>,
) {
  return z
    .enum(values, { error: `write one of ${values.join(', ')}.` })
    .optional()
    .meta({ ...meta, unit: values.join(' | ') });
}

function following(rule: Rule, wanted: string) {
  const holds = rule instanceof RegExp ? (value: string) => rule.test(value) : rule;
  return z.string().refine(holds, { error: `write ${wanted}.` });
}
