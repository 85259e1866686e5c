import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnyMachineSnapshot, initialTransition, transition } from 'xstate';
import type { FlowEvent } from '../../../machines/flow.ts';
import { type FlowChoice, type FlowView, viewFlow } from '../../../machines/flow-view.ts';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { nameOfFile, readFlowText } from '../../../src/check/flow-text.ts';
import { readTextsIn } from '../../../src/check/flow-texts.ts';
import { Subject } from '../../../src/check/subject.ts';
import { flowNames, loadFlow } from '../../../src/flows/flows.ts';
import { openTools } from '../../../src/tools/index.ts';

const tools = openTools({ clock: new SimulatedClock(), toolDelayMs: 0 });

async function subjectOf(file: string): Promise<Subject> {
  const text = await readFile(file, 'utf8');
  const parts = await readTextsIn(join(dirname(file), 'parts'));
  const read = await Promise.all(parts.map(readFlowText));
  const world = { tools, parts: new Map(read.map(part => [part.name, part])) };
  return new Subject(await readFlowText({ name: nameOfFile(file), file, text }), false, world);
}

/** The `pick`th thing that may happen: a choice with its facts, or what comes of a tool or a transfer. */
function nextEvent(view: FlowView, subject: Subject, pick: number): FlowEvent | null {
  const events: FlowEvent[] = view.choices.map(choice => ({
    type: choice.event as `caller.${string}`,
    facts: factsFor(choice),
  }));
  if (view.afterwards === 'transfer') events.push({ type: 'transfer.failed' });
  const { tool } = view;
  if (tool) {
    const brought = Object.entries(subject.info.facts).filter(([, { from }]) => from === tool.name);
    const result = { ...Object.fromEntries(brought.map(([name]) => [name, 'x'])), found: pick % 2 === 0 };
    events.push({ type: 'tool.succeeded', tool: tool.name, result });
    events.push({ type: 'tool.failed', tool: tool.name, error: 'down' });
  }
  return events[pick % events.length] ?? null;
}

function factsFor({ slots }: FlowChoice): Record<string, string> {
  return Object.fromEntries(
    Object.entries(slots).map(([name, slot]) => [
      name,
      slot.type === 'digits'
        ? '1'.repeat(slot.length ?? 4)
        : slot.type === 'oneOf'
          ? (Object.keys(slot.values)[0] ?? '')
          : 'x',
    ]),
  );
}

describe('what the check finds out without running a flow is what running it shows', async () => {
  it.each(await flowNames())('in %s', async name => {
    const flow = await loadFlow(name);
    const subject = await subjectOf(flow.file);
    const language = subject.info.languages[0]!;
    const leaves = new Map(subject.reached.map(leaf => [leaf.name, leaf]));
    const declared = Object.keys(subject.info.facts);

    fc.assert(
      fc.property(fc.array(fc.nat(1000), { maxLength: 40 }), picks => {
        let snapshot = initialTransition(flow.machine)[0] as AnyMachineSnapshot;
        for (const pick of picks) {
          const view = viewFlow(snapshot, language);
          const leaf = leaves.get(view.state);
          expect(leaf, `${view.state} can be reached`).toBeDefined();

          const { sure, possible } = subject.knowledge(leaf!);
          const known = Object.keys(view.facts).filter(fact => declared.includes(fact));
          expect(known, `known in ${view.state}`).toEqual(expect.arrayContaining([...sure]));
          expect([...possible], `possible in ${view.state}`).toEqual(expect.arrayContaining(known));

          const open = subject.openChoices(leaf!, language).map(({ choice }) => choice.event);
          const offered = view.choices.map(({ event }) => event);
          expect(open, `open in ${view.state}`).toEqual(expect.arrayContaining(offered));

          const event = nextEvent(view, subject, pick);
          if (!event) break;
          snapshot = transition(flow.machine, snapshot, event)[0] as AnyMachineSnapshot;
        }
      }),
      { numRuns: 100 },
    );
  });
});
