import { useSignal } from '@preact/signals';
import { SpeakingSign } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { secondTick } from '../shell/clock.ts';
import { duration } from '../shell/format.ts';
import { Keypad } from './keypad.tsx';
import { LevelMeter } from './level-meter.tsx';
import { phone } from './phone.ts';

/** During a call: the clock, both voices, and what a telephone can do. */
export function CallPanel() {
  const phase = phone.phase.value;
  const showsKeys = useSignal(false);
  const isMuted = phone.isMuted.value;
  const isTalking = phase.is === 'talking';

  return (
    <div class="in-call">
      <div class="in-call-head">
        <h1>{phone.stream.value?.flow ?? 'Calling'}</h1>
        <p class="in-call-clock" role={isTalking ? 'timer' : 'status'}>
          {isTalking ? duration(secondTick.value - phase.since) : WAITING[phase.is as keyof typeof WAITING]}
        </p>
      </div>
      {phase.is === 'passed' ? (
        <Passed number={phase.number} />
      ) : (
        <>
          <WhoSpeaks />
          {phone.hasMicrophone.value && <LevelMeter who="caller" label={isMuted ? 'Muted' : 'You'} />}
          <LevelMeter who="agent" label="Agent" />
          {showsKeys.value && <Keypad onKey={pressKey} />}
          <div class="in-call-buttons">
            {phone.hasMicrophone.value && (
              <Button
                icon={isMuted ? 'micOff' : 'mic'}
                aria-pressed={isMuted}
                disabled={!isTalking}
                onClick={() => phone.mute(!isMuted)}
              >
                {isMuted ? 'Muted' : 'Mute'}
              </Button>
            )}
            <Button
              icon="keypad"
              aria-pressed={showsKeys.value}
              disabled={!isTalking}
              onClick={() => {
                showsKeys.value = !showsKeys.value;
              }}
            >
              Keypad
            </Button>
          </div>
        </>
      )}
      <Button kind="danger" icon="hangUp" class="hang-up" onClick={() => phone.hangUp()}>
        Hang up
      </Button>
      {isTalking && <TypeLine />}
    </div>
  );
}

const WAITING = {
  asking: 'Allow the microphone',
  calling: 'Connecting …',
  passed: 'Passed on',
} as const;

function pressKey(digit: string): void {
  phone.key(digit);
}

function WhoSpeaks() {
  const { caller, agent } = phone.levels.value;
  const LOUD = 0.35;
  const who = agent > LOUD ? 'agent' : caller > LOUD ? 'caller' : 'nobody';
  return (
    <p class="who-speaks">
      <SpeakingSign who={who} />
    </p>
  );
}

/** There is nobody behind a softphone: the user says what became of the person. */
function Passed({ number }: { number: string }) {
  return (
    <div class="passed">
      <p>
        The agent passes you to <strong class="mono">{number}</strong>. On a telephone it would ring there;
        here you decide what comes of it.
      </p>
      <div class="in-call-buttons">
        <Button onClick={() => void phone.dialled('completed')}>They answered</Button>
        <Button onClick={() => void phone.dialled('no-answer')}>No answer</Button>
      </div>
    </div>
  );
}

/** For those without a microphone, and for what is easier typed. */
function TypeLine() {
  const text = useSignal('');
  return (
    <form
      class="type-line"
      onSubmit={event => {
        event.preventDefault();
        const words = text.value.trim();
        if (words) phone.type(words);
        text.value = '';
      }}
    >
      <input
        class="input"
        aria-label="Say by typing"
        placeholder="Type what you would say"
        autocomplete="off"
        maxLength={500}
        value={text.value}
        onInput={event => {
          text.value = event.currentTarget.value;
        }}
      />
      <Button type="submit" icon="send" label="Say it" disabled={text.value.trim() === ''} />
    </form>
  );
}
