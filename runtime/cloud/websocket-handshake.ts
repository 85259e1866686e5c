const MAX_REASON_BYTES = 123;

/** Whether this GET asks for a WebSocket in a form that both transports accept (RFC 6455 §4.2.1). */
export function isWebSocketUpgrade(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): boolean {
  const { upgrade, 'sec-websocket-key': key, 'sec-websocket-version': version } = headers;
  return (
    typeof upgrade === 'string' &&
    upgrade.toLowerCase() === 'websocket' &&
    typeof key === 'string' &&
    /^[+/0-9A-Za-z]{22}==$/.test(key) &&
    version === '13'
  );
}

/** A close frame carries at most 123 bytes of reason (RFC 6455 §5.5). Cuts at a character. */
export function closeReason(reason: string): string {
  if (Buffer.byteLength(reason) <= MAX_REASON_BYTES) return reason;
  const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(MAX_REASON_BYTES));
  return reason.slice(0, read);
}
