import type { FactType, FlowInfo, Language } from '../../machines/flow.ts';
import type { Tool } from '../../runtime/ports.ts';
import { type Chart, readChart, type State } from './chart.ts';
import { type OpenChoice, openChoices } from './choices.ts';
import type { ConfigPath } from './config-path.ts';
import type { FlowFile } from './flow-text.ts';
import { isConfig } from './form.ts';
import { type Graph, graphOf, waits } from './graph.ts';
import { type Knowledge, knowledgeOf } from './knowledge.ts';
import { type Home, type Place, placeOf } from './place.ts';

/** What a check needs to know of a tool. */
export type KnownTool = Pick<Tool, 'name' | 'inputSchema' | 'changes'>;

/** Tells which words the embedded recogniser cannot listen for. */
export type FindUnknownWords = (words: readonly string[]) => readonly string[];

/** What a flow is checked against. */
export interface World {
  tools: ReadonlyMap<string, KnownTool>;
  parts: ReadonlyMap<string, FlowFile>;
  /** Absent when the embedded recogniser is not installed. */
  findUnknownWords?: FindUnknownWords | undefined;
}

/** A flow as the rules look at it. */
export class Subject {
  readonly file: FlowFile;
  readonly isPart: boolean;
  readonly world: World;
  readonly chart: Chart;
  readonly graph: Graph;
  /** Languages, and the facts of the flow and of its parts. */
  readonly info: Required<FlowInfo>;
  readonly home: Home;
  readonly #choices = new Map<string, OpenChoice[]>();
  #knowledge: ReadonlyMap<State, Knowledge> | undefined;

  constructor(file: FlowFile, isPart: boolean, world: World) {
    this.file = file;
    this.isPart = isPart;
    this.world = world;
    this.home = { file: file.file, outline: file.outline };
    this.chart = readChart(file, world.parts);
    this.graph = graphOf(this.chart);
    const own = infoOf(file);
    this.info = {
      languages: own.languages,
      facts: Object.assign({}, ...this.chart.parts.map(part => infoOf(part).facts), own.facts),
    };
  }

  /** States that are written in this file, not in a part of it. */
  get ownStates(): readonly State[] {
    return this.chart.states.filter(({ scope }) => scope.file === this.file);
  }

  /** Leaves that the conversation can reach. */
  get reached(): readonly State[] {
    return this.graph.leaves.filter(leaf => this.graph.reachable.has(leaf));
  }

  /** Leaves that can be reached and in which the caller is waited for. */
  get waiting(): readonly State[] {
    return this.reached.filter(waits);
  }

  /** What is known on arrival in a leaf that can be reached. */
  knowledge(leaf: State): Knowledge {
    this.#knowledge ??= knowledgeOf(this.graph, this.info, this.givenFacts());
    return this.#knowledge.get(leaf) ?? { sure: new Set(), possible: new Set(), agreed: false };
  }

  readonly openChoices = (leaf: State, language: Language): readonly OpenChoice[] => {
    const key = `${language} ${leaf.name}`;
    const known = this.#choices.get(key) ?? openChoices(leaf, this.info, language);
    this.#choices.set(key, known);
    return known;
  };

  readonly fact = (name: string): FactType | undefined =>
    Object.hasOwn(this.info.facts, name) ? this.info.facts[name] : undefined;

  /** A spot in this file. */
  readonly place = (...path: ConfigPath): Place => placeOf(this.home, path);

  /**
   * Facts that are there when the flow begins: those that its context is written with. A part, and a flow whose context
   * is code, is given what it declares and does not find out itself.
   */
  givenFacts(): Set<string> {
    const context = this.file.config.context;
    const { facts } = isConfig(context) ? context : ({} as { facts?: unknown });
    const given = new Set(isConfig(facts) ? Object.keys(facts) : []);
    if (!this.isPart && typeof context !== 'function') return given;
    const found = factsFoundIn(this);
    for (const [name, { from }] of Object.entries(this.info.facts))
      if (!found.has(name) && (from === undefined || this.isPart)) given.add(name);
    return given;
  }
}

/** The facts that some choice of the flow catches, or some tool of it brings. */
export function factsFoundIn({ chart, info }: Pick<Subject, 'chart' | 'info'>): Set<string> {
  const found = new Set<string>();
  const tools = new Set(chart.states.flatMap(({ meta }) => [meta.tool?.name, ...(meta.tools ?? [])]));
  for (const { meta } of chart.transitions)
    for (const [, name] of JSON.stringify(meta?.phrases ?? '').matchAll(/\{(\w+)\}/g)) found.add(name!);
  for (const [name, { from }] of Object.entries(info.facts))
    if (from !== undefined && tools.has(from)) found.add(name);
  return found;
}

/** What a file says of itself. */
export function infoOf({ config }: FlowFile): Required<FlowInfo> {
  const { languages = ['en'], facts = {} } = (isConfig(config.meta) ? config.meta : {}) as FlowInfo;
  return { languages: languages.length > 0 ? languages : ['en'], facts };
}
