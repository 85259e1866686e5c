import { createHmac } from 'node:crypto';
import type { ModelRequest } from '../../../runtime/ports.ts';
import type { Secret } from '../../secret.ts';
import type { Question } from './question.ts';

/** Of what is hashed; another one finds nothing that was kept before. */
const SCHEMA = 1;
const KEY_CHARS = 32;
const PART_CHARS = 16;

/** Whose calls share replies, and what they follow. */
export interface ReplyScope {
  /** The company; an agent without one keeps to itself. */
  owner: string;
  /** Of the agent: its instructions, and which models it asks. Whatever changes the answers changes it. */
  identity: string;
  /** Name and content version. */
  flow: string;
  flowVersion: string;
}

/** Where a reply is kept, as `owner/flow/question`. Nothing that a caller has said stands in it. */
export type ReplyKey = string;

export type KeyMaker = ReturnType<typeof openKeyMaker>;

/** With a secret, whoever reads the store cannot even try which questions were asked. All nodes need the same. */
export function openKeyMaker(secret: Secret | null) {
  const hash = (value: unknown, chars: number) =>
    createHmac('sha256', secret?.reveal() ?? 'aybiza')
      .update(JSON.stringify(value))
      .digest('base64url')
      .slice(0, chars);
  const ownerPart = (owner: string) => hash(['owner', owner], PART_CHARS);
  const flowPart = (flow: string) => hash(['flow', flow], PART_CHARS);

  /** Everything that is the same for all questions of a state. */
  function placeOf(scope: ReplyScope, { flow, language, by }: ModelRequest, question: Question) {
    const { identity, flowVersion } = scope;
    const open = flow.choices.map(({ event }) => event);
    const { values, held } = question;
    return [SCHEMA, identity, flowVersion, flow.state, language, by, open, Object.entries(values), held];
  }

  return {
    flowPart,
    replyKey: (scope: ReplyScope, request: ModelRequest, question: Question): ReplyKey => {
      const { choice, words } = question;
      const asked = choice === null ? ['words', words] : ['choice', choice];
      const id = hash([...placeOf(scope, request, question), asked], KEY_CHARS);
      return `${ownerPart(scope.owner)}/${flowPart(scope.flow)}/${id}`;
    },
    /** The place in a conversation, for counting what is asked there. */
    placeKey: (scope: ReplyScope, request: ModelRequest, question: Question): string =>
      `${ownerPart(scope.owner)}/${flowPart(scope.flow)}/${hash(placeOf(scope, request, question), KEY_CHARS)}`,
  };
}

export function ownerPartOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}

export function flowPartOf(key: string): string {
  return key.split('/')[1] ?? '';
}
