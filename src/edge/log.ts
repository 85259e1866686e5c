import type { Log } from '../../runtime/call.ts';

/** Lines of JSON to the platform's own log. Of errors only the message: what else they carry may be a caller's. */
export const edgeLog: Log = {
  info: (fields, message) => write('info', fields, message),
  warn: (fields, message) => write('warn', fields, message),
  error: (fields, message) => write('error', fields, message),
};

function write(level: 'info' | 'warn' | 'error', fields: object, message: string): void {
  const line = JSON.stringify({ level, ...fields, message }, (_, value) =>
    value instanceof Error ? value.message : value,
  );
  // biome-ignore lint/suspicious/noConsole: the only way out of a Worker.
  console[level](line);
}
