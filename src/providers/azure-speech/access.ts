import { Recognizer, SpeechConfig } from 'microsoft-cognitiveservices-speech-sdk';
import { WebsocketMessageAdapter } from 'microsoft-cognitiveservices-speech-sdk/distrib/lib/src/common.browser/WebsocketMessageAdapter.js';
import { SynthesisAdapterBase } from 'microsoft-cognitiveservices-speech-sdk/distrib/lib/src/common.speech/SynthesisAdapterBase.js';
import type { Secret } from '../../secret.ts';

export interface AzureSpeechAccess {
  key: Secret;
  /** As `eastus`. */
  region: string;
  /** `http(s)` address of the resource, where it is not the region's own: a custom domain, a container, an emulator. */
  endpoint?: string;
}

/** From Node 22 on the SDK would take Node's own WebSocket, which cannot carry the key in a header. */
WebsocketMessageAdapter.forceNpmWebSocket = true;
/** Reports of latency to Microsoft, which are kept in memory for as long as a call lasts. */
Recognizer.enableTelemetry(false);
SynthesisAdapterBase.telemetryDataEnabled = false;

/**
 * A configuration of the SDK for recognition or synthesis.
 *
 * An endpoint is given as a host: the SDK's `fromEndpoint` first asks the host for a redirection, over HTTPS on port 443
 * whatever the address says. (`ConnectionFactoryBase.getRedirectUrlFromEndpoint` of 1.52.)
 */
export function openConfig({ key, region, endpoint }: AzureSpeechAccess): SpeechConfig {
  if (!endpoint) return SpeechConfig.fromSubscription(key.reveal(), region);
  return SpeechConfig.fromHost(new URL(endpoint.replace(/^http/, 'ws')), key.reveal());
}

/** Where synthesis is asked for over HTTP. */
export function synthesisUrl({ region, endpoint }: AzureSpeechAccess): string {
  if (endpoint) return `${endpoint.replace(/\/+$/, '')}/tts/cognitiveservices/v1`;
  return `https://${region}.tts.speech${domainOf(region)}/cognitiveservices/v1`;
}

function domainOf(region: string): string {
  if (region.startsWith('china')) return '.azure.cn';
  return region.startsWith('usgov') ? '.azure.us' : '.microsoft.com';
}
