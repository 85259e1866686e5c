export type MicrophoneFault = 'insecure' | 'denied' | 'missing' | 'busy' | 'failed';

/** The microphone cannot be had. */
export class MicrophoneError extends Error {
  readonly fault: MicrophoneFault;

  constructor(fault: MicrophoneFault, message: string) {
    super(message);
    this.name = 'MicrophoneError';
    this.fault = fault;
  }
}

const SENTENCES: Record<MicrophoneFault, string> = {
  insecure:
    'Browsers give the microphone to https pages and to this machine’s own address alone. Open the console over https or at http://127.0.0.1, or type what you want to say.',
  denied:
    'This page may not use the microphone. Press the sign left of the address, allow the microphone, and call again, or type what you want to say.',
  missing: 'No microphone is connected. Plug one in and call again, or type what you want to say.',
  busy: 'The microphone is there but gives no sound: another program may hold it, or the system may keep it from the browser. Free it and call again, or type what you want to say.',
  failed: 'The microphone could not be opened. Try another browser, or type what you want to say.',
};

const FAULTS: Record<string, MicrophoneFault> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

/** Asks the person for the microphone. Throws a MicrophoneError that says what to do. */
export async function openMicrophone(): Promise<MediaStream> {
  if (!isSecureContext || !navigator.mediaDevices) throw faultOf('insecure');
  try {
    return await navigator.mediaDevices.getUserMedia({
      // The agent's voice comes from the same machine's speakers: without this it interrupts itself.
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    });
  } catch (error) {
    throw faultOf(FAULTS[(error as Error).name] ?? 'failed');
  }
}

function faultOf(fault: MicrophoneFault): MicrophoneError {
  return new MicrophoneError(fault, SENTENCES[fault]);
}
