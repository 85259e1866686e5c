import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Button } from '../components/button.tsx';
import { ConfirmDialog, Dialog } from '../components/dialog.tsx';

const LONGEST_WHISPER = 500;
const E164 = /^\+[1-9]\d{6,14}$/;

interface Closes {
  onClose(): void;
}

export function WhisperDialog({
  onSend,
  onClose,
}: Closes & { onSend(text: string, say: boolean): Promise<boolean> }) {
  const text = useSignal('');
  const says = useSignal(false);
  return (
    <FormDialog
      title="Whisper to the agent"
      submit={says.value ? 'Have it said' : 'Whisper'}
      isReady={text.value.trim() !== ''}
      onClose={onClose}
      onSubmit={() => onSend(text.value.trim(), says.value)}
    >
      <label class="field">
        <span>What the agent should know or say</span>
        <textarea
          class="input"
          rows={3}
          maxLength={LONGEST_WHISPER}
          value={text.value}
          onInput={({ currentTarget }) => {
            // One line of speech.
            text.value = currentTarget.value.replace(/\s*\n\s*/g, ' ');
          }}
        />
      </label>
      <label class="call-check">
        <input
          type="checkbox"
          checked={says.value}
          onChange={({ currentTarget }) => {
            says.value = currentTarget.checked;
          }}
        />
        <span>Say it: the caller hears these very words, in the agent’s voice, as soon as nobody speaks</span>
      </label>
      {!says.value && (
        <p class="quiet">The caller does not hear it. The model minds it in its next answers.</p>
      )}
    </FormDialog>
  );
}

export function TransferDialog({
  onTransfer,
  onClose,
}: Closes & { onTransfer(number: string | null): Promise<boolean> }) {
  const number = useSignal('');
  const given = number.value.replaceAll(/[\s()-]/g, '');
  const isValid = given === '' || E164.test(given);
  return (
    <FormDialog
      title="Pass the caller to a person"
      submit="Transfer"
      isReady={isValid}
      onClose={onClose}
      onSubmit={() => onTransfer(given || null)}
    >
      <label class="field">
        <span>Number</span>
        <input
          class="input"
          type="tel"
          placeholder="+15551234567"
          aria-invalid={!isValid}
          value={number.value}
          onInput={({ currentTarget }) => {
            number.value = currentTarget.value;
          }}
        />
      </label>
      <p class={isValid ? 'quiet' : 'call-invalid'}>
        {isValid
          ? 'Left empty, the caller goes to the agent’s own number. The agent is interrupted.'
          : 'Write it with a plus sign and the country, as +15551234567.'}
      </p>
    </FormDialog>
  );
}

export function TakeOverDialog({ onConfirm, onClose }: Closes & { onConfirm(): void }) {
  return (
    <ConfirmDialog title="Take the call over?" confirm="Take over" onConfirm={onConfirm} onClose={onClose}>
      <p>
        The agent falls silent and the caller hears your microphone. What the caller says is still written
        down. Give the call back when you have finished.
      </p>
    </ConfirmDialog>
  );
}

export function HangUpDialog({ onConfirm, onClose }: Closes & { onConfirm(farewell: boolean): void }) {
  const farewell = useSignal(true);
  return (
    <ConfirmDialog
      title="End the call?"
      confirm="Hang up"
      isDanger
      onConfirm={() => onConfirm(farewell.value)}
      onClose={onClose}
    >
      <p>The caller is cut off. This cannot be taken back.</p>
      <label class="call-check">
        <input
          type="checkbox"
          checked={farewell.value}
          onChange={({ currentTarget }) => {
            farewell.value = currentTarget.checked;
          }}
        />
        <span>Let the agent say goodbye first</span>
      </label>
    </ConfirmDialog>
  );
}

interface FormDialogProps extends Closes {
  title: string;
  submit: string;
  isReady: boolean;
  /** True when it was done: the dialog closes. */
  onSubmit(): Promise<boolean>;
  children: ComponentChildren;
}

function FormDialog({ title, submit, isReady, onSubmit, onClose, children }: FormDialogProps) {
  const isBusy = useSignal(false);
  async function send(): Promise<void> {
    if (!isReady || isBusy.peek()) return;
    isBusy.value = true;
    const isDone = await onSubmit();
    isBusy.value = false;
    if (isDone) onClose();
  }
  return (
    <Dialog
      title={title}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={!isReady || isBusy.value} onClick={() => void send()}>
            {submit}
          </Button>
        </>
      }
    >
      <form
        class="call-form"
        onSubmit={event => {
          event.preventDefault();
          void send();
        }}
      >
        {children}
      </form>
    </Dialog>
  );
}
