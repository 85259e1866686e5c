import { expect, it } from 'vitest';
import { WireCaller } from '../harness/wire-caller.ts';
import { WireServer } from '../harness/wire-server.ts';

it('A caller hears something within the silence that is set, when the first words take longer', async () => {
  const server = await WireServer.start({ transport: 'ws', env: { AGENT_SILENCE_MS: '1000' } });
  server.pace.firstWordDelayMs = 1_600;
  const caller = await WireCaller.place(server);
  await caller.listened();
  const [greeting] = caller.call.record.turns();
  await server.close();

  expect(greeting?.agent.heard).toMatch(/^One moment, please\. .*Thanks for calling/);
  expect(greeting?.stages.firstFrameMs).toBeLessThan(greeting?.stages.firstTokenMs as number);
});
