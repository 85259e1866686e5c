import type { ElkNode } from 'elkjs';

export interface ElkLayout {
  layout(graph: ElkNode): Promise<ElkNode>;
}

/** Loads ELK only when something is drawn: it is large, and a development dependency. */
export async function loadElk(): Promise<ElkLayout> {
  const { default: elk } = await import('elkjs').catch(cause => {
    throw new Error(
      'Drawing needs the package elkjs, a development dependency: run `npm install --include=dev`.',
      {
        cause,
      },
    );
  });
  return new elk.default();
}
