import type { TestProject } from 'vitest/node';
import { compiledProduct } from './compiled-product.ts';

/** Before any test: compiles what `compiled-thread.ts` starts, once for all that share this source. */
export default async function setup({ provide }: TestProject): Promise<void> {
  provide('product', await compiledProduct());
}
