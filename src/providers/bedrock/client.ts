import { BedrockRuntimeClient, type BedrockRuntimeClientConfig } from '@aws-sdk/client-bedrock-runtime';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { Secret } from '../../secret.ts';

export interface BedrockAccess {
  /** Where requests go instead of AWS. Default: `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`, else the region's own endpoint. */
  endpoint?: string;
  /** A Bedrock API key. Default: `AWS_BEARER_TOKEN_BEDROCK`, else the SDK's credential chain. */
  apiKey?: Secret;
  /** Signing keys. Default: the SDK's credential chain (environment, profile, container or instance role). */
  credentials?: { accessKeyId: string; secretAccessKey: Secret; sessionToken?: Secret };
}

/** What the SDK reads from the environment by itself; the session token comes back in what AWS says of a refused request. */
export function environmentSecrets(env: Readonly<Record<string, string | undefined>>): Secret[] {
  const names = ['AWS_BEARER_TOKEN_BEDROCK', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
  return names.flatMap(name => (env[name] ? [new Secret(env[name])] : []));
}

const VERSION_WARNING = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

/** One region's client. `region` null: the SDK's own choice (`AWS_REGION`, profile). Never retries by itself. */
export function createClient(
  access: BedrockAccess,
  region: string | null,
  requestHandler: NodeHttpHandler,
): BedrockRuntimeClient {
  const { endpoint, apiKey, credentials } = access;
  const config: BedrockRuntimeClientConfig = { requestHandler, maxAttempts: 1 };
  if (region !== null) config.region = region;
  if (endpoint !== undefined) config.endpoint = endpoint;
  if (apiKey) {
    config.token = { token: apiKey.reveal() };
    config.authSchemePreference = ['httpBearerAuth'];
  }
  if (credentials)
    config.credentials = {
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey.reveal(),
      ...(credentials.sessionToken && { sessionToken: credentials.sessionToken.reveal() }),
    };
  return withoutVersionWarning(() => new BedrockRuntimeClient(config));
}

/**
 * The SDK warns on Node 20 about its releases from January 2027 on. The lock file pins the release we run, so the warning
 * would only trouble operators; whoever sets the variable decides, and other parts of the process are left alone.
 */
function withoutVersionWarning<T>(create: () => T): T {
  if (process.env[VERSION_WARNING] !== undefined) return create();
  process.env[VERSION_WARNING] = 'true';
  try {
    return create();
  } finally {
    delete process.env[VERSION_WARNING];
  }
}
