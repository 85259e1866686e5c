import { effect } from '@preact/signals';
import { toast } from '../components/toast.tsx';
import { nodeName } from '../shell/format.ts';
import type { CallData } from './call-data.ts';
import { placeOf } from './place.ts';

/** By then the node that took the call has said so, or is slow. */
const PATIENCE_MS = 4_000;

/** Tells whoever was listening to the call that it is not heard any more, and where it goes on. */
export function tellWhereItGoesOn({ opening, entries, revision }: CallData): void {
  const nodeNow = () => {
    revision.value;
    return opening.value && placeOf(opening.value, entries).node;
  };
  const before = nodeNow();
  let isTold = false;
  const tell = (node: string | null) => {
    if (isTold) return;
    isTold = true;
    clearTimeout(timer);
    stop();
    toast(`The call goes on at ${node ? nodeName(node) : 'another node'}. You do not hear it any more.`);
  };
  const timer = setTimeout(() => tell(null), PATIENCE_MS);
  let stop = () => {};
  stop = effect(() => {
    const node = nodeNow();
    if (node !== before) queueMicrotask(() => tell(node));
  });
}
