/** The address of `path` for the carrier's webhooks. `origin` is an http or https origin without trailing slash. */
export function webhookUrl(origin: string, path: string): string {
  return origin + path;
}

/** The address of `path` for a WebSocket: wss where the origin is https, ws where it is http. */
export function socketUrl(origin: string, path: string): string {
  return origin.replace(/^http/, 'ws') + path;
}
