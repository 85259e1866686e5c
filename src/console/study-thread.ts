import { relative } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { systemClock } from '../../runtime/clock.ts';
import { checkFlow } from '../check/check-flow.ts';
import { embeddedDictionary } from '../check/embedded-dictionary.ts';
import type { Finding } from '../check/finding.ts';
import { findFlowText } from '../check/flow-texts.ts';
import { FlowFileError } from '../flows/flow-file.ts';
import { type Flow, loadFlow } from '../flows/flows.ts';
import { coverageOf } from '../scenarios/coverage.ts';
import { openHearing } from '../scenarios/hear.ts';
import { runSuite } from '../scenarios/suite.ts';
import { connectRpc } from '../storage/thread-rpc.ts';
import { openTools } from '../tools/index.ts';
import type { FlowStudy } from './protocol.ts';

// Checking a flow and playing its scenarios takes seconds.

export type StudyThread = {
  /** What is to be said of the flow of this name in `folder`, as its file is now. */
  study(name: string, folder: string, dataDir: string): Promise<FlowStudy>;
};

const methods: StudyThread = {
  async study(name, folder, dataDir) {
    const findings = await findingsOf(name, folder);
    const flow = await loadFlow(name, folder).catch((error: unknown) => {
      if (error instanceof FlowFileError) return error;
      throw error;
    });
    if (flow instanceof FlowFileError)
      return {
        version: null,
        findings,
        scenarios: { passed: 0, failed: 0, other: 0, problem: 'The flow cannot be loaded.' },
        coverage: { states: [], transitions: [] },
      };
    return { version: flow.version, findings, ...(await playScenarios(flow, dataDir)) };
  },
};

/** Files are told as they lie in the folder: where that is on the server is nobody's business. */
async function findingsOf(name: string, folder: string): Promise<Finding[]> {
  const findings = await checkFlow(await findFlowText(name, folder), {
    tools: openTools({ clock: systemClock, toolDelayMs: 0 }),
    findUnknownWords: embeddedDictionary(),
  });
  return findings.map(finding => ({ ...finding, file: relative(folder, finding.file) }));
}

async function playScenarios(
  flow: Flow,
  dataDir: string,
): Promise<Pick<FlowStudy, 'scenarios' | 'coverage'>> {
  const hearing = openHearing({ dataDir, log: { warn() {} } });
  try {
    const [played] = await runSuite({
      flows: [flow],
      grep: null,
      repeat: 1,
      model: null,
      judge: null,
      hear: hearing.hear,
    });
    const results = played?.results ?? [];
    const count = (verdict: string) => results.filter(result => result.verdict === verdict).length;
    const [passed, failed] = [count('passed'), count('failed')];
    return {
      scenarios: {
        passed,
        failed,
        other: results.length - passed - failed,
        problem: played?.broken ? 'The file of scenarios cannot be read: run the test command.' : null,
      },
      coverage: coverageOf(flow.machine, played?.coverage ?? { states: {}, transitions: {} }),
    };
  } finally {
    await hearing.close();
  }
}

connectRpc(parentPort!, methods);
