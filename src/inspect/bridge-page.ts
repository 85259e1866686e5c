/**
 * A page that holds Stately's inspector in a frame and hands it what happens, as the server of @statelyai/inspect does; but to
 * that inspector alone, over a socket that needs the page's token.
 */
export function bridgePage({ inspectorUrl, nonce }: { inspectorUrl: string; nonce: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Calls in the Stately inspector</title>
<style nonce="${nonce}">
  html, body { margin: 0; height: 100%; }
  body { display: flex; flex-direction: column; font: 13px system-ui, sans-serif; }
  p { margin: 0; padding: 6px 12px; background: #17171c; color: #e8e8ee; }
  iframe { flex: 1; border: 0; }
</style>
</head>
<body>
<p id="told" role="status">Connecting …</p>
<iframe id="inspector" title="Stately inspector" src="${escapeText(inspectorUrl)}" referrerpolicy="no-referrer"
  sandbox="allow-scripts allow-same-origin allow-popups allow-forms"></iframe>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>
`;
}

/** What the page's own answer lets it do. */
export function bridgePolicy({ inspectorUrl, nonce }: { inspectorUrl: string; nonce: string }): string {
  const { protocol, host } = new URL(inspectorUrl);
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    `frame-src ${protocol}//${host} ${protocol}//*.${host}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const SCRIPT = `
const frame = document.getElementById('inspector');
const told = document.getElementById('told');
const home = new URL(frame.src);
const MOST_WAITING = 5000;
let waiting = [];
let inspector = null;
let frames = 0;
let closed = '';

function isInspector(origin) {
  const { protocol, host } = new URL(origin);
  return protocol === home.protocol && (host === home.host || host.endsWith('.' + home.host));
}
function tell() {
  const state = closed || (inspector ? '' : 'Waiting for the inspector at ' + home.host + ' …');
  told.textContent = [frames + ' frames', state].filter(Boolean).join(' · ');
}
function pass(message) {
  frame.contentWindow.postMessage(message, inspector);
}

window.addEventListener('message', event => {
  if (event.source !== frame.contentWindow || !isInspector(event.origin)) return;
  if (!event.data || event.data.type !== '@statelyai.connected') return;
  inspector = event.origin;
  waiting.splice(0).forEach(pass);
  tell();
});

const address = new URL('/frames' + location.search, location.href);
address.protocol = 'ws:';
const socket = new WebSocket(address);
socket.addEventListener('message', event => {
  const message = JSON.parse(event.data);
  frames++;
  if (inspector) pass(message);
  else if (waiting.length < MOST_WAITING) waiting.push(message);
  tell();
});
socket.addEventListener('close', event => {
  closed = 'Closed: ' + (event.reason || 'the command has ended, or this link is of an earlier one');
  tell();
});
tell();
`;

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
