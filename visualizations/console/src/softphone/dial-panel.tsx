import { useSignal } from '@preact/signals';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { languageName } from '../shell/format.ts';
import type { SoftphoneChoices } from '../shell/types.ts';
import { phone } from './phone.ts';

interface DialPanelProps {
  choices: SoftphoneChoices;
  flow: string;
  onFlow(flow: string): void;
}

/** Before a call: whom to call, in which language. */
export function DialPanel({ choices, flow, onFlow }: DialPanelProps) {
  const language = useSignal('');
  const chosen = choices.flows.find(({ name }) => name === flow);
  const languages = chosen?.languages ?? [];
  const spoken = languages.includes(language.value) ? language.value : (languages[0] ?? '');
  const phase = phone.phase.value;

  function dial(speaks: boolean): void {
    void phone.dial({ flow, ...(spoken && { language: spoken }) }, speaks);
  }

  return (
    <div class="dial">
      <div class="dial-lead">
        <h1>Call your agent</h1>
        <p>Speak as on a telephone, and cut in whenever you like.</p>
        <p>The picture shows where the conversation is, the transcript what was really heard.</p>
      </div>
      <label class="field">
        <span>Flow</span>
        <select class="input" value={flow} onChange={event => onFlow(event.currentTarget.value)}>
          {choices.flows.map(({ name, isServed }) => (
            <option key={name} value={name}>
              {isServed ? name : `${name} (not in force)`}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>Language</span>
        <select
          class="input"
          value={spoken}
          disabled={languages.length < 2}
          onChange={event => {
            language.value = event.currentTarget.value;
          }}
        >
          {languages.map(tag => (
            <option key={tag} value={tag}>
              {languageName(tag)}
            </option>
          ))}
        </select>
      </label>
      {phase.is === 'failed' && (
        <div class="dial-refusal" role="alert">
          <Icon name={phase.microphone ? 'micOff' : 'error'} />
          <p>{phase.error}</p>
        </div>
      )}
      {phase.is === 'over' && (
        <p class="dial-over" role="status">
          <Badge tone="good">Call ended</Badge>
          {phase.by === 'caller' ? 'You hung up.' : 'The agent ended the call.'}
        </p>
      )}
      <div class="dial-buttons">
        <Button kind="primary" icon="phone" class="call-button" onClick={() => dial(true)}>
          {phase.is === 'over' || phase.is === 'failed' ? 'Call again' : 'Call'}
        </Button>
        <Button kind="plain" onClick={() => dial(false)}>
          Type instead of speaking
        </Button>
      </div>
    </div>
  );
}
