import { signal } from '@preact/signals';

/** When the softphone's call began, by the server's clock; null while it is on the hook. It rings on while one looks elsewhere. */
export const onCallSince = signal<number | null>(null);
