import { nodeName } from '../shell/format.ts';
import type { LogEntry } from '../shell/types.ts';

type Event = Extract<LogEntry, { kind: 'event' }>['event'];
type Note = Extract<LogEntry, { kind: 'note' }>['note'];
export type Move = Extract<Note, { type: 'call.moved' }>;

/** Something that happened to the call. `move`: it goes on elsewhere; `place`: it was decided where it is worked on. */
export interface Incident {
  text: string;
  tone: 'usual' | 'warn' | 'bad' | 'person' | 'move' | 'place';
}

/** The line is lost because the node that held it is gone: that the call was picked up says it. */
export function isNodesDeath(event: Event): boolean {
  return event.type === 'line.lost' && event.reason === 'its node died';
}

/** `Moved from edge iad to cloud-2 while the agent spoke`. */
export function moveText({ node, from, reason }: Move, agentSpeaks: boolean): string {
  const meanwhile = agentSpeaks ? ' while the agent spoke' : '';
  switch (reason) {
    case 'handOff':
      return `Moved from ${nodeName(from)} to ${nodeName(node)}${meanwhile}`;
    case 'drain':
      return `Handed over to ${nodeName(node)}${meanwhile}: ${nodeName(from)} drains`;
    case 'nodeDied':
      return node === from
        ? `Picked up again by ${nodeName(node)}, which had died`
        : `Picked up by ${nodeName(node)} after ${nodeName(from)} died`;
  }
}

/** Events of supervisors are newer than some logs. */
export function incidentOf(event: Event): Incident | null {
  if (isNodesDeath(event)) return null;
  const told = event as {
    type: string;
    reason?: string;
    error?: string;
    text?: string;
    say?: boolean;
    by?: string;
  };
  switch (told.type) {
    case 'line.lost':
      return { text: `The line was lost: ${told.reason}`, tone: 'bad' };
    case 'line.resumed':
      return { text: 'The line is back', tone: 'usual' };
    case 'caller.hungUp':
      return { text: 'The caller hung up', tone: 'usual' };
    case 'caller.unclear':
      return { text: 'The caller spoke, but no words could be made out', tone: 'warn' };
    case 'hearing.failed':
      return { text: `The recogniser failed: ${told.error}`, tone: 'bad' };
    case 'transfer.connected':
      return { text: 'The caller was passed to a person', tone: 'usual' };
    case 'transfer.failed':
      return { text: `The caller could not be passed on: ${told.reason}`, tone: 'bad' };
    case 'placement.handOff':
      return { text: 'A cloud node is asked to take the call', tone: 'place' };
    case 'placement.refused':
      return { text: `Stays where it is: ${told.reason}`, tone: 'place' };
    case 'call.conclude':
      return told.by
        ? { text: 'A supervisor has the agent say goodbye', tone: 'person' }
        : { text: 'A limit was reached: the agent says goodbye', tone: 'warn' };
    case 'call.hangUp':
      return {
        text: told.by ? 'A supervisor ended the call' : 'The call was ended from outside',
        tone: 'person',
      };
    case 'call.transfer':
      return { text: 'A supervisor passes the caller on', tone: 'person' };
    case 'budget.exceeded':
      return { text: 'The call’s budget is used up', tone: 'bad' };
    case 'supervisor.whispered':
      return {
        text: `A supervisor ${told.say ? 'has the agent say' : 'whispers to the agent'}: “${told.text}”`,
        tone: 'person',
      };
    case 'supervisor.tookOver':
      return { text: 'A supervisor took over', tone: 'person' };
    case 'supervisor.gaveBack':
      return { text: 'The supervisor gave the call back to the agent', tone: 'person' };
    case 'supervisor.left':
      return { text: 'The supervisor’s connection is gone', tone: 'warn' };
    case 'supervisor.returned':
      return { text: 'The supervisor is back', tone: 'person' };
    default:
      return null;
  }
}
