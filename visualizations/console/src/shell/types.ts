import type { CallRow, CallStep, ConsoleMessage } from '../../../../src/console/protocol.ts';

export type {
  CallOpening,
  CallRow,
  CallStep,
  ConsoleRequest,
  FlowAnswer,
  Rate,
  ServedFlow,
  SessionAnswer,
  SoftphoneAnswer,
  SoftphoneChoices,
  SoftphoneNext,
  SoftphoneRequest,
  StepsAnswer,
  VersionResult,
} from '../../../../src/console/protocol.ts';
export type { ConsoleMessage };

export type LogEntry = Extract<ConsoleMessage, { type: 'callMoved' }>['entries'][number];
export type CallSummary = Extract<ConsoleMessage, { type: 'callEnded' }>['summary'];
export type Turn = CallSummary['turns'][number];
export type Outcome = CallSummary['outcome'];
export type Facts = NonNullable<CallStep['flow']>['facts'];
export type Speaking = CallRow['speaking'];
