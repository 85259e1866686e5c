import type { Call } from '../call.ts';

/** What whoever watches a call may ask of it. */
export interface CallUpdate {
  /** A word for the language model's ear, to be followed in its next reply. */
  whisper?: string;
  /** A line that the agent says next. */
  say?: string;
  /** Kept with the call from now on, beside those it began with. */
  parameters?: Readonly<Record<string, string>>;
  /** `goodbye`: the agent says goodbye first. */
  end?: 'goodbye' | 'now';
}

const BY = 'edge';

export function applyUpdate(call: Call, { whisper, say, parameters, end }: CallUpdate): void {
  if (parameters) Object.assign(call.start.parameters, parameters);
  if (whisper) call.send({ type: 'supervisor.whispered', by: BY, text: whisper, say: false });
  if (say) call.send({ type: 'supervisor.whispered', by: BY, text: say, say: true });
  if (end === 'goodbye') call.send({ type: 'call.conclude', outcome: 'stopped', by: BY });
  if (end === 'now') call.send({ type: 'call.hangUp', outcome: 'stopped', by: BY });
}
