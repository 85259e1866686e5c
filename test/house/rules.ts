import { callsOf, type Import, importsOf, type Sources } from './source-code.ts';

/** A rule of the house: finds what breaks it, one sentence each. */
export type Rule = (sources: Sources) => string[];

interface Area {
  name: string;
  holds: (file: string) => boolean;
  files: (file: string) => boolean;
  packages: (specifier: string) => boolean;
  /** Ends the sentence "… may import …". */
  may: string;
}

const within =
  (...folders: string[]) =>
  (path: string) =>
    folders.some(folder => path.startsWith(`${folder}/`));
const oneOf =
  (...names: string[]) =>
  (name: string) =>
    names.some(known => name === known || name.startsWith(`${known}/`));

/** The table of the design, the narrowest area first: a file belongs to the first that holds it. */
const AREAS: readonly Area[] = [
  {
    name: 'a flow',
    holds: within('machines/flows'),
    files: path => path === 'machines/flow.ts',
    packages: oneOf('xstate'),
    may: 'xstate and machines/flow.ts only',
  },
  {
    name: 'machines/',
    holds: within('machines'),
    files: within('machines'),
    packages: oneOf('xstate'),
    may: 'xstate and its own files only',
  },
  {
    name: 'runtime/edge/',
    holds: within('runtime/edge'),
    files: within('machines', 'runtime'),
    packages: name => name.startsWith('cloudflare:') || isRuntimePackage(name),
    may: 'machines/, runtime/, node:, cloudflare:, xstate, uWebSockets.js and ws only',
  },
  {
    name: 'runtime/',
    holds: within('runtime'),
    files: within('machines', 'runtime'),
    packages: name => isRuntimePackage(name),
    may: 'machines/, node:, xstate, uWebSockets.js and ws only; providers come in through its ports',
  },
  {
    name: 'src/',
    holds: within('src'),
    files: within('machines', 'runtime', 'src'),
    packages: () => true,
    may: 'machines/, runtime/ and packages only',
  },
  {
    name: 'visualizations/',
    holds: within('visualizations'),
    files: path => path.startsWith('visualizations/') || path === 'src/console/protocol.ts',
    packages: oneOf('preact', '@preact/signals', 'vite'),
    may: 'its own files, src/console/protocol.ts and what pages are made of only; it reaches the rest over HTTP and WebSocket',
  },
  { name: 'test/', holds: within('test'), files: () => true, packages: () => true, may: 'anything' },
];

function isRuntimePackage(name: string): boolean {
  return name.startsWith('node:') || oneOf('xstate', 'uWebSockets.js', 'ws')(name);
}

/** Imports go one way: machines ← runtime ← src, and nobody depends on tests. */
export const importsGoOneWay: Rule = sources =>
  allImports(sources).flatMap(found => {
    const area = AREAS.find(candidate => candidate.holds(found.from))!;
    const allowed = found.isFile ? area.files(found.to) : area.packages(found.to);
    return allowed ? [] : [`${place(found)} imports ${found.to}; ${area.name} may import ${area.may}.`];
  });

/** Files that import each other cannot be understood, or loaded, one after the other. */
export const noCycles: Rule = sources => {
  const graph = new Map<string, string[]>();
  for (const file of sources.keys()) graph.set(file, []);
  for (const found of allImports(sources)) if (found.isFile) graph.get(found.from)!.push(found.to);

  const done = new Set<string>();
  const path: string[] = [];
  const cycles: string[] = [];
  const visit = (file: string) => {
    if (path.includes(file)) {
      cycles.push(
        `${[...path.slice(path.indexOf(file)), file].join(' → ')}: move what both need to a third file.`,
      );
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return cycles;
};

/** These two are CommonJS: names imported from them exist for the compiler and fail when Node loads them. Types do not load. */
export const commonJsByDefaultImport: Rule = sources =>
  allImports(sources)
    .filter(found => found.to === 'uWebSockets.js' || found.to === 'twilio')
    .filter(found => found.clause !== '' && !/^(?:type\s.*|[A-Za-z_$][\w$]*)$/s.test(found.clause))
    .map(
      found => `${place(found)} imports { … } from ${found.to}; write \`import name from '${found.to}'\`.`,
    );

const LONGEST_FILE_LINES = 400;

/** A chart may be long, because it is one literal. */
export const filesAreShort: Rule = sources =>
  [...sources]
    .filter(([file, text]) => !(file.startsWith('machines/') && text.includes('createMachine(')))
    .map(([file, text]) => ({ file, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > LONGEST_FILE_LINES)
    .map(({ file, lines }) => `${file} has ${lines} lines; split it, ${LONGEST_FILE_LINES} is the most.`);

const TIME =
  /(?<![.\w$])(?:Date\.now|performance\.now|setTimeout|setInterval|setImmediate)\s*\(|\bnew\s+Date\s*\((?=\s*\))/g;
const CHANCE =
  /(?<![.\w$])(?:Math\.random|(?:crypto\.)?(?:randomUUID|getRandomValues|randomBytes|randomInt))\s*\(/g;
const CLOCK = 'runtime/clock.ts';
const RANDOM = /^runtime\/(?:.*\/)?(?:ids|random)\.ts$/;

/** Replay needs every instant and every chance to come from outside. */
export const timeIsInjected: Rule = sources =>
  calls(sources, TIME, file => file !== CLOCK, 'reads the time or sets a timer itself; take a Clock instead');

export const chanceIsInjected: Rule = sources =>
  calls(
    sources,
    CHANCE,
    file => !RANDOM.test(file),
    'draws at random itself; take ids and chance as parameters',
  );

function calls(
  sources: Sources,
  call: RegExp,
  applies: (file: string) => boolean,
  complaint: string,
): string[] {
  return [...sources]
    .filter(([file]) => within('machines', 'runtime')(file) && applies(file))
    .flatMap(([file, text]) => callsOf(text, call).map(line => `${file}:${line} ${complaint}.`));
}

function allImports(sources: Sources): Import[] {
  return [...sources].flatMap(([file, text]) => importsOf(file, text));
}

function place({ from, line }: Import): string {
  return `${from}:${line}`;
}
