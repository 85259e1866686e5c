import { expect, it, vi } from 'vitest';
import { openBedrockChat } from '../../../../src/providers/bedrock/open.ts';
import { collect, request, start } from './under-test.ts';

const VARIABLE = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

// The SDK warns once in a process, so nothing else may create a client in this file before.
it('keeps the SDK from warning about Node versions, and leaves the environment as it was', async () => {
  vi.stubEnv(VARIABLE, undefined);
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  try {
    await using test = await start();
    expect((await collect(test.chat, request())).error).toBeNull();
    expect(warned.mock.calls.map(String).join()).not.toMatch(/NodeVersionSupport/);
    expect(process.env[VARIABLE]).toBeUndefined();
  } finally {
    warned.mockRestore();
    vi.unstubAllEnvs();
  }
});

it('refuses as invalid what names no region anywhere', async () => {
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
  const chat = openBedrockChat({ endpoint: 'http://127.0.0.1:9' });
  try {
    expect((await collect(chat, request())).error).toMatchObject({ fault: 'invalid', region: null });
  } finally {
    vi.unstubAllEnvs();
    await chat.close();
  }
});
