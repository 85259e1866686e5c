import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Config } from './config.ts';
import { flowNames } from './flows/flows.ts';
import { isSplit, type Split } from './flows/split.ts';
import { AREAS, type Area } from './language/areas.ts';
import { preferredProblem } from './preferred-models.ts';
import { modelNames, recognitionNames, synthesisNames } from './provider-settings.ts';
import { refusal } from './residency.ts';
import { AGENT_TYPES, isLanguageTag } from './settings.ts';

/** Who answers a number, and how. */
export interface Agent {
  name: string;
  /** E.164; `*` for any number that no other agent has. */
  numbers: readonly string[];
  /** Who pays for its models; null: the installation. */
  company: string | null;
  /** On whose account within the company. */
  department: string | null;
  /** The flow of its calls, or shares of several. */
  flow: Split;
  language: string;
  voice: string;
  stt: Config['sttProvider'];
  tts: Config['ttsProvider'];
  /** Empty when the flow itself answers. */
  llm: Config['llmProviders'];
  /** Models that go before others which can do as much, best first. */
  preferred: readonly string[];
  /** The only areas where its callers' words may be worked on; null for anywhere. */
  residency: readonly Area[] | null;
  agentType: Config['agentType'];
  industry: Config['industry'];
  companyName: string;
  transferNumber: string | null;
  /** Whether those who look at its calls see marks instead of personal facts, digits and addresses. */
  redact: boolean;
  /** Whether the audio of its calls is kept. */
  record: boolean;
}

export interface Agents {
  readonly all: readonly [Agent, ...Agent[]];
  /** Whoever has the number, else the one for any number. */
  agentFor(number: string): Agent;
}

/** Lists everything that is wrong with the file of agents. */
export class AgentsError extends Error {
  override readonly name = 'AgentsError';
  readonly problems: readonly { at: string; problem: string }[];

  constructor(path: string, problems: AgentsError['problems']) {
    const lines = problems.map(({ at, problem }) => `  ${at}: ${problem}`);
    super(
      `The agents in ${path} cannot be used. Correct the file that AYBIZA_AGENTS names:\n${lines.join('\n')}`,
    );
    this.problems = problems;
  }
}

const ANY = '*';
const DEFAULT = 'default';

/** The agents of the file that the settings name; without one, one agent for any number. Throws an `AgentsError`. */
export async function loadAgents(config: Config): Promise<Agents> {
  const path = config.agentsFile;
  if (!path) return toAgents([defaultAgent(config)]);
  return readAgents(path, await contentOf(path), config);
}

/** The settings as they hold for one agent. */
export function configOf(config: Config, agent: Agent): Config {
  return {
    ...config,
    flow: agent.flow,
    language: agent.language,
    voice: agent.voice,
    sttProvider: agent.stt,
    ttsProvider: agent.tts,
    llmProviders: agent.llm,
    preferredModels: [...agent.preferred],
    allowedAreas: agent.residency && [...agent.residency],
    agentType: agent.agentType,
    industry: agent.industry,
    companyName: agent.companyName,
    transferNumber: agent.transferNumber,
  };
}

async function contentOf(path: string): Promise<unknown> {
  const wrong = (problem: string) => new AgentsError(path, [{ at: 'file', problem }]);
  const text = await readFile(path, 'utf8').catch(error => {
    throw wrong(`it cannot be read (${error.code}): name a JSON file that this process may read.`);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrong(`write JSON, an array of agents: ${(error as Error).message}.`);
  }
}

async function readAgents(path: string, content: unknown, config: Config): Promise<Agents> {
  const result = agentsFile(config, await flowNames(config.flowsDir)).safeParse(content);
  if (!result.success)
    throw new AgentsError(
      path,
      result.error.issues.map(({ path: at, message }) => ({ at: whereIs(at), problem: message })),
    );
  const takesAny = result.data.some(({ numbers }) => numbers.includes(ANY));
  return toAgents(takesAny ? result.data : [...result.data, defaultAgent(config)]);
}

function toAgents(all: readonly Agent[]): Agents {
  const byNumber = new Map(all.flatMap(agent => agent.numbers.map(number => [number, agent] as const)));
  const anyNumber = byNumber.get(ANY) as Agent;
  return {
    all: all as Agents['all'],
    agentFor: number => byNumber.get(number) ?? anyNumber,
  };
}

/** As the settings say, for any number. */
export function defaultAgent(config: Config): Agent {
  return {
    name: DEFAULT,
    numbers: [ANY],
    company: null,
    department: null,
    flow: config.flow,
    language: config.language,
    voice: config.voice,
    stt: config.sttProvider,
    tts: config.ttsProvider,
    llm: config.llmProviders,
    preferred: config.preferredModels,
    residency: config.allowedAreas,
    agentType: config.agentType,
    industry: config.industry,
    companyName: config.companyName,
    transferNumber: config.transferNumber,
    redact: config.redactTranscripts,
    record: config.recording,
  };
}

function agentsFile(config: Config, flows: readonly string[]) {
  const fallback = defaultAgent(config);
  const name = (rule: RegExp, wanted: string) =>
    z.string({ error: `write ${wanted}.` }).regex(rule, { error: `write ${wanted}.` });
  const oneOf = <const Name extends string>(names: readonly Name[]) =>
    z.enum(names, { error: `write one of ${names.join(', ')}.` });
  const ready = <Name extends string>(provider: Name, context: z.RefinementCtx) => {
    const lacking = config.lackingSettings(provider);
    if (lacking.length > 0)
      context.addIssue({ code: 'custom', message: `set ${lacking.join(', ')}, which ${provider} needs.` });
  };
  const number = name(/^(\+[1-9]\d{6,14}|\*)$/, 'an E.164 number, as +15551234567, or * for any');
  const id = name(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'up to 63 letters, digits, dots, dashes and underscores',
  );

  const shares = z
    .partialRecord(oneOf(flows), z.int().min(0).max(9_999))
    .transform(split => split as Split)
    .refine(isSplit, { error: 'give one of the flows a weight above 0.' });
  const fields = z.strictObject(
    {
      name: id,
      numbers: z
        .array(number, { error: 'write an array of numbers.' })
        .min(1, { error: 'write a number, or * for any.' })
        .default([ANY]),
      company: id.nullable().default(null),
      department: id.nullable().default(null),
      flow: z
        .union([oneOf(flows).transform(only => ({ [only]: 1 })), shares], {
          error: `write one of ${flows.join(', ')}, or an object of such names with their weights.`,
        })
        .default(fallback.flow),
      language: z
        .string({ error: 'write a BCP-47 language tag, as en-US.' })
        .refine(isLanguageTag, { error: 'write a BCP-47 language tag, as en-US.' })
        .default(fallback.language),
      voice: name(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/, "the synthesiser's name of a voice, as slt").default(
        fallback.voice,
      ),
      stt: oneOf(recognitionNames).superRefine(ready).default(fallback.stt),
      tts: oneOf(synthesisNames).superRefine(ready).default(fallback.tts),
      llm: z
        .array(oneOf(modelNames).superRefine(ready), {
          error: 'write an array of providers; an empty one lets the flow itself answer.',
        })
        .default(fallback.llm),
      preferred: z
        .array(z.string({ error: 'write the name of a model.' }), { error: 'write an array of models.' })
        .default([...fallback.preferred]),
      residency: z
        .array(oneOf(AREAS), { error: 'write an array of areas, or null for anywhere.' })
        .min(1, { error: 'write an area, or null for anywhere.' })
        .nullable()
        .default(fallback.residency && [...fallback.residency]),
      agentType: oneOf(Object.keys(AGENT_TYPES) as (keyof typeof AGENT_TYPES)[])
        .transform(type => AGENT_TYPES[type])
        .default(fallback.agentType),
      industry: oneOf(['general', 'healthcare', 'financial']).default(fallback.industry),
      companyName: name(/^[^\n\r]{1,100}$/, 'a name of up to 100 characters').default(fallback.companyName),
      transferNumber: name(/^\+[1-9]\d{6,14}$/, 'an E.164 number, as +15551234567')
        .nullable()
        .default(fallback.transferNumber),
      redact: z.boolean({ error: 'write true or false.' }).default(fallback.redact),
      record: z.boolean({ error: 'write true or false.' }).default(fallback.record),
    },
    {
      error: issue =>
        issue.code === 'unrecognized_keys'
          ? `there is no field ${issue.keys.join(', ')}: correct its name, or leave it out.`
          : 'write an object with the fields of an agent.',
    },
  );

  const agent = fields.superRefine(({ stt, tts, llm, preferred, residency }, context) => {
    const chosen: [path: (string | number)[], provider: string][] = [
      [['stt'], stt],
      [['tts'], tts],
      ...llm.map((name, at) => [['llm', at], name] as [(string | number)[], string]),
    ];
    const complain = (path: (string | number)[], message: string | null) => {
      if (message !== null) context.addIssue({ code: 'custom', path, message });
    };
    for (const [path, provider] of chosen) complain(path, refusal(provider, residency, config));
    complain(['preferred'], preferredProblem(preferred, config));
  });

  return z
    .array(agent, { error: 'write an array of agents.' })
    .min(1, { error: 'write at least one agent, or leave AYBIZA_AGENTS out.' })
    .superRefine((agents, context) => {
      const owners = new Map<string, string>();
      const names = new Set<string>();
      const takesAny = agents.some(({ numbers }) => numbers.includes(ANY));
      const complain = (at: (string | number)[], message: string) =>
        context.addIssue({ code: 'custom', path: at, message });
      for (const [index, { name, numbers, company, department }] of agents.entries()) {
        if (names.has(name)) complain([index, 'name'], `write another name; ${name} is taken.`);
        names.add(name);
        if (name === DEFAULT && !takesAny)
          complain(
            [index, 'name'],
            `write another name, or give it the number *: ${DEFAULT} takes any number.`,
          );
        if (department && !company) complain([index, 'company'], "write the department's company.");
        for (const taken of numbers) {
          const owner = owners.get(taken);
          if (owner) complain([index, 'numbers'], `leave ${taken} out; the agent ${owner} has it.`);
          owners.set(taken, name);
        }
      }
    });
}

function whereIs(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'file';
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}.${String(part)}`),
    'agents',
  );
}
