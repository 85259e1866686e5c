import { z } from 'zod';
import { scenarioFile } from './format.ts';

/** The JSON schema of scenario files, by which editors complete and check them. */
export function scenarioSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(scenarioFile, { io: 'input' }) as unknown as {
    items: { properties: { steps: ArraySchema } };
  };
  const { steps } = schema.items.properties;
  steps.items = {
    anyOf: [
      { const: 'hangs up', description: 'The caller hangs up.' },
      steps.items as Record<string, unknown>,
    ],
  };
  return { title: 'Scenarios of a flow', ...schema };
}

interface ArraySchema {
  items: unknown;
}
