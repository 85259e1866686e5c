import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type Inspection, openInspector } from '../shell/inspector.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

/** Attaches the Stately inspector to a call, or to all of them when `call` is null. */
export function InspectButton({ call }: { call: string | null }) {
  const isAsking = useSignal(false);
  const inspection = useSignal<Inspection | null>(null);
  useEffect(() => () => inspection.peek()?.stop(), []);

  function close() {
    inspection.value?.stop();
    inspection.value = null;
    isAsking.value = false;
  }

  return (
    <>
      <Button icon="search" onClick={() => (isAsking.value = true)}>
        Inspect
      </Button>
      {isAsking.value && (
        <Dialog
          title={call === null ? 'Inspect calls' : 'Inspect this call'}
          onClose={close}
          foot={
            <>
              <Button onClick={close}>{inspection.value ? 'Stop' : 'Cancel'}</Button>
              {!inspection.value && (
                <Button kind="primary" onClick={() => (inspection.value = openInspector(call))}>
                  Open the inspector
                </Button>
              )}
            </>
          }
        >
          <p>
            Opens Stately’s hosted inspector in a window of its own and hands it every event and state of{' '}
            {call === null ? 'the live calls, some twenty at most' : 'the call'}. What people say, keys and
            personal facts stay here.
          </p>
          <p class="quiet">
            From a terminal: <code>npx aybiza inspect{call === null ? '' : ` ${call}`}</code>
          </p>
          {inspection.value && <p role="status">{inspection.value.told}</p>}
        </Dialog>
      )}
    </>
  );
}
