import { basename, extname, join } from 'node:path';
import { build, type OnResolveArgs, type Plugin } from 'esbuild';
import { type Flow, flowNames, loadFlow, partNames } from '../flows/flows.ts';
import { defaultFlowFolder } from '../flows/folder.ts';
import { packageFolder } from '../package-folder.ts';

export interface BundleOptions {
  /** Default: the product's own. */
  flowsDir?: string;
  minify?: boolean;
}

/** What the platform cannot carry or run, and what stands in its place. */
const SUBSTITUTES: readonly [what: RegExp, by: string][] = [
  [/^twilio$/, 'twilio.ts'],
  [/^@deepgram\/sdk$/, 'deepgram-sdk.ts'],
  [/\/keep-alive-fetch\.ts$/, 'keep-alive-fetch.ts'],
];

/** CommonJS packages ask for Node's own modules by `require`. */
const BANNER =
  "import { createRequire } from 'node:module'; const require = createRequire('file:///worker.js');";

/**
 * The whole Worker as one module: entry, runtime, charts, providers, and every flow of the folder with its version. Throws when a flow
 * cannot be loaded.
 */
export async function bundleEdge({ flowsDir, minify = true }: BundleOptions = {}): Promise<string> {
  const root = packageFolder();
  const folder = flowsDir ?? defaultFlowFolder();
  const flowsSource = await flowsModule(root, folder);
  const result = await build({
    entryPoints: [join(root, 'src/edge/worker.ts')],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'import'],
    external: ['node:*', 'cloudflare:*'],
    banner: { js: BANNER },
    plugins: [substitutes(root), nodeModules, flows(root, folder, flowsSource)],
    minify,
    keepNames: minify,
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}

function substitutes(root: string): Plugin {
  const folder = join(root, 'src/edge/substitutes');
  return {
    name: 'substitutes',
    setup({ onResolve }) {
      for (const [filter, file] of SUBSTITUTES)
        onResolve({ filter }, ({ importer }) =>
          importer.startsWith(folder) ? null : { path: join(folder, file) },
        );
    },
  };
}

/** `crypto` is `node:crypto`. */
const nodeModules: Plugin = {
  name: 'node modules',
  setup({ onResolve }) {
    onResolve(
      { filter: /^(crypto|url|querystring|util|buffer|events|stream|net|http|https)$/ },
      ({ path }) => ({
        path: `node:${path}`,
        external: true,
      }),
    );
  },
};

/** The module `aybiza:flows`, and what its flows import: the product's own flow.ts, wherever they lie. */
function flows(root: string, folder: string, contents: string): Plugin {
  const flowSource = join(root, 'machines/flow.ts');
  const isFlow = ({ importer }: OnResolveArgs) => importer.startsWith(folder);
  return {
    name: 'flows',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^aybiza:flows$/ }, ({ path }) => ({ path, namespace: 'flows' }));
      onResolve({ filter: /(^|\/)flow(\.[jt]s)?$/ }, args => (isFlow(args) ? { path: flowSource } : null));
      onLoad({ filter: /.*/, namespace: 'flows' }, () => ({ contents, loader: 'ts', resolveDir: root }));
    },
  };
}

async function flowsModule(root: string, folder: string): Promise<string> {
  const loaded = await loadAll(await flowNames(folder), folder);
  if (loaded.length === 0) throw new Error(`There are no flows in ${folder}: name the folder that has them.`);
  const parts = await loadAll(await partNames(folder), folder);
  const files = [...parts, ...loaded].map(({ file }) => file);
  const at = (file: string) => `module${files.indexOf(file)}`;
  const chart = ({ file }: Flow) => `chartIn(${at(file)}, ${JSON.stringify(basename(file, extname(file)))})`;
  return [
    `import { StateMachine } from 'xstate';`,
    `import { flow } from ${JSON.stringify(join(root, 'machines/flow.ts'))};`,
    `import { graft } from ${JSON.stringify(join(root, 'machines/subflows.ts'))};`,
    ...files.map(file => `import * as ${at(file)} from ${JSON.stringify(file)};`),
    `const chartIn = (module, id) => Object.values(module).find(value => value instanceof StateMachine)`,
    `  ?? flow.createMachine({ id, context: { facts: {} }, ...module.default });`,
    `const parts = new Map([${parts.map(part => `[${JSON.stringify(part.name)}, ${chart(part)}]`).join(', ')}]);`,
    `export const flows = [`,
    ...loaded.map(
      one =>
        `  { name: ${JSON.stringify(one.name)}, version: ${JSON.stringify(one.version)}, machine: graft(${chart(one)}, parts) },`,
    ),
    `];`,
  ].join('\n');
}

function loadAll(names: readonly string[], folder: string): Promise<Flow[]> {
  return Promise.all(names.map(name => loadFlow(name, folder)));
}
