import type { StatelyInspectionEvent } from '@statelyai/inspect';

interface KnownActor {
  name: string;
  status: string;
  values: unknown[];
}

/** What an inspector keeps of a stream, and what it could not make sense of. */
export class InspectorModel {
  readonly problems: string[] = [];
  readonly #actors = new Map<string, KnownActor>();

  take(frame: StatelyInspectionEvent): void {
    if (typeof frame._version !== 'string' || typeof frame.createdAt !== 'string')
      this.problems.push(`${frame.type} without version or time`);
    if (frame.type === '@xstate.actor') {
      const { name, snapshot, parentId } = frame;
      if (parentId !== undefined && !this.#actors.has(parentId))
        this.problems.push(`${name} without its parent`);
      try {
        JSON.parse(frame.definition ?? '{}');
      } catch {
        this.problems.push(`${name} has a definition that is no JSON`);
      }
      this.#actors.set(frame.sessionId, { name, status: snapshot.status ?? '', values: [snapshot.value] });
      return;
    }
    const actor = this.#actors.get(frame.sessionId);
    if (!actor) this.problems.push(`${frame.type} of an actor that was never shown: ${frame.event.type}`);
    else if (frame.type === '@xstate.snapshot') {
      const { status, value } = frame.snapshot as { status: string; value?: unknown };
      actor.status = status;
      actor.values.push(value);
    }
  }

  named(name: string): KnownActor | undefined {
    return [...this.#actors.values()].find(actor => actor.name === name);
  }

  root(sessionId: string): KnownActor | undefined {
    return this.#actors.get(sessionId);
  }

  values(name: string): unknown[] {
    return this.named(name)?.values ?? [];
  }
}
