import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { toast } from '../components/toast.tsx';
import { ask as askServer } from '../shell/api.ts';
import { pathOf } from './call-data.ts';
import { tellWhereItGoesOn } from './goes-on.ts';
import { ListenIn } from './listen-in.ts';
import { HangUpDialog, TakeOverDialog, TransferDialog, WhisperDialog } from './supervisor-dialogs.tsx';
import type { Timeline } from './timeline.ts';

type Act = 'whisper' | 'takeOver' | 'transfer' | 'hangUp';

/** What a person may do to a call that lives. */
export function Supervisor({ timeline, callSid }: { timeline: Timeline; callSid: string }) {
  const { data } = timeline;
  const ear = useMemo(() => new ListenIn(callSid, () => tellWhereItGoesOn(data)), [callSid]);
  const open = useSignal<Act | null>(null);
  const isBusy = useSignal(false);
  const { steps, revision } = data;
  // Of the present, wherever the timeline is.
  const isTakenOver = useComputed(() => {
    revision.value;
    return steps.at(-1)?.states.some(state => state.includes('.takenOver')) ?? false;
  });
  useEffect(
    () => () => {
      const isHeard = ear.state.peek() !== 'off';
      ear.stop();
      // That it has left may be known here before its sound breaks off.
      if (isHeard && data.opening.peek()?.isHere === false) tellWhereItGoesOn(data);
    },
    [ear],
  );
  useEffect(() => {
    if (!isTakenOver.value && ear.hasMicrophone.peek()) ear.closeMicrophone();
  }, [isTakenOver.value]);

  async function act(name: string, body: object, done: string): Promise<boolean> {
    isBusy.value = true;
    try {
      await askServer(`${pathOf(callSid)}/${name}`, { method: 'POST', body });
      toast(done);
      return true;
    } catch (error) {
      toast((error as Error).message, 'bad');
      return false;
    } finally {
      isBusy.value = false;
    }
  }

  async function listen(): Promise<boolean> {
    try {
      await ear.start();
      return true;
    } catch (error) {
      toast((error as Error).message, 'bad');
      return false;
    }
  }

  async function takeOver(): Promise<void> {
    if (!(await listen())) return;
    try {
      await ear.openMicrophone();
    } catch (error) {
      toast((error as Error).message, 'bad');
      return;
    }
    if (await act('takeOver', {}, 'You speak with the caller now.')) ear.speak();
    else ear.closeMicrophone();
  }

  async function giveBack(): Promise<void> {
    if (await act('giveBack', {}, 'The agent speaks with the caller again.')) ear.closeMicrophone();
  }

  const close = () => {
    open.value = null;
  };
  const ask = (what: Act) => {
    open.value = what;
  };
  const isOn = ear.state.value !== 'off';
  const isSpeaking = ear.isSpeaking.value;
  const hasMicrophone = ear.hasMicrophone.value;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    <div class="call-supervisor" role="group" aria-label="Step in">
      <Button
        icon="speaker"
        aria-pressed={isOn}
        disabled={ear.state.value === 'connecting' || hasMicrophone}
        onClick={() => (isOn ? ear.stop() : void listen())}
      >
        {ear.state.value === 'connecting' ? 'Connecting …' : isOn ? 'Listening' : 'Listen in'}
      </Button>
      {isTakenOver.value ? (
        <Button kind="primary" icon="back" disabled={isBusy.value} onClick={() => void giveBack()}>
          Give back
        </Button>
      ) : (
        <Button icon="send" onClick={() => ask('whisper')}>
          Whisper
        </Button>
      )}
      {isTakenOver.value && hasMicrophone ? (
        <Button
          icon={isSpeaking ? 'mic' : 'micOff'}
          aria-pressed={isSpeaking}
          title={isSpeaking ? 'The caller hears you. Press to mute.' : 'The caller does not hear you.'}
          onClick={() => (isSpeaking ? ear.mute() : ear.speak())}
        >
          {isSpeaking ? 'You speak' : 'Muted'}
        </Button>
      ) : (
        <Button icon="mic" disabled={isBusy.value} onClick={() => ask('takeOver')}>
          Take over
        </Button>
      )}
      <Button icon="phone" onClick={() => ask('transfer')}>
        Transfer
      </Button>
      <Button kind="danger" icon="hangUp" onClick={() => ask('hangUp')}>
        Hang up
      </Button>

      {open.value === 'whisper' && (
        <WhisperDialog
          onClose={close}
          onSend={(text, say) =>
            act('whisper', { text, say }, say ? 'The agent says it next.' : 'Whispered to the agent.')
          }
        />
      )}
      {open.value === 'takeOver' && <TakeOverDialog onClose={close} onConfirm={() => void takeOver()} />}
      {open.value === 'transfer' && (
        <TransferDialog
          onClose={close}
          onTransfer={number => act('transfer', { number }, 'The caller is passed on.')}
        />
      )}
      {open.value === 'hangUp' && (
        <HangUpDialog
          onClose={close}
          onConfirm={farewell =>
            void act('hangUp', { farewell }, farewell ? 'The agent says goodbye.' : 'The call was ended.')
          }
        />
      )}
    </div>
  );
}
