import { isLoopbackHost } from '../loopback.ts';
import { optionalChoice, whole } from '../setting.ts';

/** What is kept of the calls' audio. */
export const recordingSettings = {
  RECORDING: optionalChoice(['on', 'off'], {
    description: 'Keep the audio of calls, for the console; ask the callers first where the law wants that.',
    shownDefault: 'off; on while nobody but this machine can call',
  }),
  RECORDING_DAYS: whole(1, 3_650, 30, { unit: 'days', description: 'How long recordings are kept.' }),
};

/** Whoever calls from this machine is a developer, who wants something to look at. */
export function readRecording(given: {
  RECORDING?: 'on' | 'off' | undefined;
  RECORDING_DAYS: number;
  HOST: string;
  PUBLIC_URL?: string | undefined;
}) {
  const isAlone = given.PUBLIC_URL === undefined && isLoopbackHost(given.HOST);
  return {
    recording: given.RECORDING ? given.RECORDING === 'on' : isAlone,
    recordingDays: given.RECORDING_DAYS,
  };
}
