import type { StatelyInspectionEvent } from '@statelyai/inspect';
import type { AnyActorRef } from 'xstate';
import type { Happening } from './happening.ts';
import { plainCopy, type Rewrite } from './plain-copy.ts';

/** Of the protocol: the version of @statelyai/inspect that speaks it. Receivers take a frame without one for something else. */
export const PROTOCOL_VERSION = '0.7.2';

/** As the package types them, but for `id`, which it types as a string and sends as null. */
export type Frame = StatelyInspectionEvent extends infer Each ? Omit<Each, 'id'> & { id: null } : never;

/**
 * What @statelyai/inspect would send of this. Written anew because the package converts before it filters, within a timer for
 * each event, and cuts charts that are nested more than ten deep.
 */
export function frameOf(happening: Happening, rewrite?: Rewrite): Frame {
  const { type, actor, rootId, wallMs } = happening;
  const base = {
    sessionId: actor.sessionId,
    rootId,
    id: null,
    createdAt: String(wallMs),
    _version: PROTOCOL_VERSION,
  };
  switch (type) {
    case '@xstate.actor':
      return {
        ...base,
        type,
        name: nameOf(actor),
        parentId: actor._parent?.sessionId,
        definition: definitionOf(actor),
        snapshot: snapshotCopy(happening.snapshot ?? actor.getSnapshot(), rewrite),
      } as Frame;
    case '@xstate.event':
      return {
        ...base,
        type,
        sourceId: happening.sourceId,
        event: plainCopy(happening.event, rewrite),
      } as Frame;
    case '@xstate.snapshot':
      return {
        ...base,
        type,
        event: plainCopy(happening.event, rewrite),
        snapshot: snapshotCopy(happening.snapshot, rewrite),
      } as Frame;
  }
}

/** A root has no name of its own: it goes by its chart's. */
function nameOf(actor: AnyActorRef): string {
  return actor.id === actor.sessionId ? (configOf(actor)?.id ?? actor.id) : actor.id;
}

const definitions = new WeakMap<object, string>();

/** The chart as Stately's editor reads it; of a chart that many calls share, written once. */
function definitionOf(actor: AnyActorRef): string {
  const config = configOf(actor);
  if (!config) return JSON.stringify({ id: nameOf(actor) });
  const known = definitions.get(config) ?? JSON.stringify(plainCopy(config));
  definitions.set(config, known);
  return known;
}

/** Of a chart. What is made of a function has that function for its config. */
function configOf(actor: AnyActorRef): { id?: string } | undefined {
  const { config } = (actor as { logic?: { config?: unknown } }).logic ?? {};
  return typeof config === 'object' && config !== null ? config : undefined;
}

/** Names of states are no facts; the rest of a snapshot may hold some. */
function snapshotCopy(snapshot: unknown, rewrite: Rewrite | undefined): unknown {
  const copied = plainCopy(withoutNodes(snapshot), (name, value) => {
    if (name === 'value' || name === 'status' || name === 'tags' || name === 'children')
      return { shown: plainCopy(value) };
    return name === 'context' || name === 'output' || name === 'input' || name === 'error'
      ? { shown: plainCopy(value, rewrite) }
      : null;
  });
  return copied;
}

/** Of history states the snapshot keeps whole nodes; their ids will do. */
function withoutNodes(snapshot: unknown): unknown {
  if (typeof snapshot !== 'object' || snapshot === null) return snapshot;
  const json = 'toJSON' in snapshot ? (snapshot as { toJSON(): object }).toJSON() : snapshot;
  const { historyValue, ...rest } = json as { historyValue?: Record<string, { id: string }[]> };
  if (!historyValue) return rest;
  const ids = Object.entries(historyValue).map(([state, nodes]) => [state, nodes.map(({ id }) => ({ id }))]);
  return { ...rest, historyValue: Object.fromEntries(ids) };
}
