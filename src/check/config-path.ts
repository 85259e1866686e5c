/** Keys and indices that lead to a value of a chart's config. */
export type ConfigPath = readonly (string | number)[];
