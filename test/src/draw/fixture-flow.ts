/** A small flow's chart as plain config, made anew each time so that a test can change it. */
export function clinicConfig() {
  return {
    id: 'clinic',
    description: 'Books appointments.',
    context: { facts: {} },
    initial: 'greeting',
    meta: { languages: ['en', 'es'] },
    on: {
      'caller.wantsPerson': {
        target: '.transferring',
        description: 'The caller asks for a person.',
        meta: { phrases: { en: ['a person', 'an agent'], es: ['una persona'] } },
      },
    } as Record<string, unknown>,
    states: {
      greeting: {
        description: 'Say who answers.',
        meta: {
          say: { en: 'Hello, this is the Riverside clinic.', es: 'Hola, clínica Riverside.' },
          improvise: true,
          model: 'deep',
        },
        on: {
          'caller.books': { target: 'booking', description: 'A booking.', meta: { phrases: ['book'] } },
        },
      },
      booking: {
        description: 'The slot is being booked.',
        meta: {
          say: { en: 'One moment.', es: 'Un momento.' },
          tool: { name: 'bookSlot', input: { slot: 'slot' } },
        },
        on: {
          'tool.succeeded': [
            { guard: { type: 'resultIs', params: { booked: true } }, target: 'booked' },
            { target: 'transferring' },
          ],
          'tool.failed': 'transferring',
        },
      },
      booked: {
        description: 'It is booked.',
        meta: {
          say: { en: 'You are booked. Goodbye!', es: 'Listo.' },
          uninterruptible: true,
          afterwards: 'hangUp',
        },
      },
      transferring: {
        description: 'A person takes over.',
        meta: { say: { en: 'Hold the line.', es: 'Espere.' }, afterwards: 'transfer', listen: 'patient' },
        on: { 'transfer.failed': 'greeting' },
      },
    } as Record<string, ClinicState>,
  };
}

export interface ClinicState {
  description?: string;
  meta?: Record<string, unknown>;
  on?: Record<string, unknown>;
  initial?: string;
  states?: Record<string, ClinicState>;
}

export type ClinicConfig = ReturnType<typeof clinicConfig>;
