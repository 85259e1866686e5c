import { join } from 'node:path';
import { packageFolder } from '../package-folder.ts';

/** The flows that come with the product. */
export function defaultFlowFolder(): string {
  return join(packageFolder(), 'machines', 'flows');
}
