import type { Tool } from '../../runtime/ports.ts';
import { openOrderLookup } from './order-lookup.ts';
import type { ToolWorld } from './tool-world.ts';

/** One line for each tool. */
const openers: readonly ((world: ToolWorld) => Tool)[] = [openOrderLookup];

/** Every tool that flows may name in `meta.tool`, by its name. */
export function openTools(world: ToolWorld): ReadonlyMap<string, Tool> {
  return new Map(openers.map(open => open(world)).map(tool => [tool.name, tool]));
}
