/** The flows that a Worker carries: it may not load or compile code of its own, so the bundle puts them in (see bundle.ts). */
declare module 'aybiza:flows' {
  import type { AnyStateMachine } from 'xstate';

  export interface BundledFlow {
    name: string;
    /** As the cloud computes it from the same source. */
    version: string;
    machine: AnyStateMachine;
  }

  export const flows: readonly BundledFlow[];
}
