import { describe, expect, it } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { flow } from '../../../machines/flow.ts';
import { readChart, statesOf } from '../../../src/draw/chart-model.ts';
import { drawChart, drawModel } from '../../../src/draw/draw-chart.ts';
import { layOut } from '../../../src/draw/layout.ts';
import { mergeCharts } from '../../../src/draw/merge-charts.ts';
import { type ClinicConfig, clinicConfig } from './fixture-flow.ts';

const chart = (config: object) => flow.createMachine(config as never) as unknown as AnyStateMachine;
const clinic = chart(clinicConfig());

const marked = (svg: string, attribute: string) =>
  new Set(
    [...svg.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].flatMap(match => match[1]!.split(' ')),
  );
const words = (svg: string) => svg.replace(/<style>.*?<\/style>/s, '').replace(/<[^>]+>/g, ' ');
/** The first tag that stands for a state or a transition, with its classes. */
const tagOf = (svg: string, attribute: string, id: string) =>
  new RegExp(`<g class="([^"]*)" ${attribute}="${id.replace(/[.|]/g, '\\$&')}"`).exec(svg)?.[1];

describe('the picture of a flow', () => {
  it('shows what each state says in the first language, its tool, and how it ends', async () => {
    const text = words((await drawChart(clinic)).svg);
    for (const shown of [
      '“Hello, this is the Riverside',
      'in its own words',
      'deep model',
      'bookSlot(slot)',
      'uninterruptible',
      'then hangs up',
      'then transfers',
      'listens: patient',
    ])
      expect(text).toContain(shown);
    expect(text).not.toContain('Espere');
  });

  it('names choices without `caller.`, and draws tools and the call itself with lines of their own', async () => {
    const { svg, mermaid } = await drawChart(clinic);
    expect(words(svg)).not.toContain('caller.');
    expect(mermaid).toContain('clinic_greeting --> clinic_booking : books');
    expect(tagOf(svg, 'data-edge', 'clinic.greeting|caller.books|0')).toBe('edge choice');
    expect(tagOf(svg, 'data-edge', 'clinic.booking|tool.succeeded|0')).toBe('edge tool');
    expect(tagOf(svg, 'data-edge', 'clinic.transferring|transfer.failed|0')).toBe('edge call');
    for (const explained of ['the caller’s choice', 'a tool’s answer', 'the call itself'])
      expect(words(svg)).toContain(explained);
  });

  it('reads the conditions that every flow has as words', () => {
    const guards = readChart(clinic).transitions.map(({ label }) => label.guard);
    expect(guards.filter(Boolean)).toEqual(['booked', 'else']);
  });

  it('has room for every chip inside its box', async () => {
    for (const { text, ...box } of (await layOut(readChart(clinic))).states)
      for (const chip of text.chips) {
        expect(chip.x + chip.width).toBeLessThanOrEqual(box.width);
        expect(chip.y + chip.height).toBeLessThanOrEqual(box.height);
      }
  });

  it('shortens a long line at a word, and keeps it whole where the pointer rests', async () => {
    const long = clinicConfig();
    const line = `Hello. ${'We are open every day. '.repeat(10)}Goodbye.`;
    long.states.booked!.meta!.say = line;
    const { svg } = await drawChart(chart(long));
    expect(svg).toContain(`“${line}”</title>`);
    expect(words(svg).match(/…”/g)).toHaveLength(1);
  });
});

describe('coverage on the picture', () => {
  const model = readChart(clinic);
  const coverage = {
    states: { 'clinic.greeting': 3, 'clinic.booking': 2 },
    transitions: { 'clinic.greeting|caller.books|0': 2 },
  };

  it('counts what was come through and makes the rest stand out, by class and in words', async () => {
    const { svg, mermaid } = await drawChart(clinic, { coverage });
    expect(tagOf(svg, 'data-state', 'clinic.greeting')).toMatch(/ covered$/);
    expect(tagOf(svg, 'data-state', 'clinic.booked')).toMatch(/ uncovered$/);
    expect(tagOf(svg, 'data-edge', 'clinic.greeting|caller.books|0')).toMatch(/ covered$/);
    expect(tagOf(svg, 'data-edge', 'clinic|caller.wantsPerson|0')).toMatch(/ uncovered$/);
    expect(words(svg)).toContain('clinic, covered: 2 of 4 states, 1 of 6 transitions');
    expect(words(svg)).toContain('booked is never reached');
    expect(words(svg)).toContain('2×');
    expect(mermaid).toContain('class clinic_booked,clinic_transferring uncovered');
  });

  it('keeps every id, and draws the same bytes each time', async () => {
    const [plain, painted] = [await drawChart(clinic), await drawChart(clinic, { coverage })];
    for (const attribute of ['data-state', 'data-edge'])
      expect(marked(painted.svg, attribute)).toEqual(marked(plain.svg, attribute));
    expect(await drawChart(clinic, { coverage })).toEqual(painted);
    expect(model.transitions.every(({ id }) => marked(plain.svg, 'data-edge').has(id))).toBe(true);
  });
});

describe('two versions in one picture', () => {
  const edited = (edit: (config: ClinicConfig) => void) => {
    const config = clinicConfig();
    edit(config);
    return mergeCharts(readChart(clinic), readChart(chart(config)), { before: 'old', after: 'new' });
  };
  const merged = edited(({ states }) => {
    delete states.booked;
    states.booking!.on!['tool.succeeded'] = 'waiting';
    states.waiting = { meta: { say: 'Wait.' }, on: { 'caller.books': 'booking' } };
    states.greeting!.description = 'Say who answers & why.';
  });

  it('keeps what was removed in its place, and all that is there now under its own id', async () => {
    const { svg } = await drawModel(merged.model, merged.paint);
    const now = merged.model.transitions.filter(({ id }) => !id.startsWith('was:'));
    expect(marked(svg, 'data-state')).toEqual(new Set(statesOf(merged.model.root).map(({ id }) => id)));
    for (const { id } of now) expect(marked(svg, 'data-edge').has(id), id).toBe(true);
    expect(tagOf(svg, 'data-state', 'clinic.booked')).toMatch(/ removed$/);
    expect(tagOf(svg, 'data-state', 'clinic.waiting')).toMatch(/ added$/);
    expect(tagOf(svg, 'data-state', 'clinic.greeting')).toMatch(/ changed$/);
    expect(tagOf(svg, 'data-state', 'clinic.transferring')).not.toMatch(/added|removed|changed/);
  });

  it('shows both where a changed transition leads and where it led', async () => {
    const { edges } = merged.model;
    const between = (from: string, to: string) =>
      edges.find(edge => edge.from === from && edge.to === to)?.transitions ?? [];
    expect(between('clinic.booking', 'clinic.waiting')).toContain('clinic.booking|tool.succeeded|0');
    expect(between('clinic.booking', 'clinic.booked')).toEqual(['was:clinic.booking|tool.succeeded|0']);
  });

  it('leads by number from each part to its words, and by a sign to what became of it', async () => {
    const { svg, mermaid } = await drawModel(merged.model, merged.paint);
    for (const { tag, title } of merged.paint.entries) {
      expect(words(svg)).toContain(tag);
      expect(words(svg)).toContain(title);
    }
    expect(words(svg)).toMatch(/\+ +added/);
    expect(mermaid).toMatch(/state "−\d booked" as clinic_booked/);
    expect(mermaid).toMatch(/class clinic_booked removed/);
  });

  it('is drawn without overlaps between boxes', async () => {
    const { states } = await layOut(merged.model, merged.paint);
    const leaves = states.filter(({ state }) => state.children.length === 0);
    for (const [index, a] of leaves.entries())
      for (const b of leaves.slice(index + 1))
        expect(
          a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height,
        ).toBe(false);
  });
});
