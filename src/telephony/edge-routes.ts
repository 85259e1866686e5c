import { z } from 'zod';
import type { Log } from '../../runtime/call.ts';
import type { CallHost } from '../../runtime/call-host.ts';
import type { HttpRequest, HttpResponse, HttpRoute } from '../../runtime/cloud/transport.ts';
import { ARCHIVE_PATH, type ArchivedCall } from '../../runtime/edge/archive.ts';
import { newsPath } from '../../runtime/edge/relay-messages.ts';
import { applyUpdate } from '../../runtime/edge/update.ts';
import { type CallStart, CallTakenOver } from '../../runtime/journal.ts';
import { errorResponse, jsonResponse } from '../api/json-response.ts';
import { AGENT_PATH, type AgentConfig } from '../edge/agent-config.ts';
import { callUpdate } from '../edge/update-request.ts';
import type { EdgeAccess } from './edge-access.ts';
import type { CallDesk, CallStatus, DialStatus } from './routes.ts';

export interface EdgeRoutesOptions {
  access: EdgeAccess;
  host: CallHost;
  desk: CallDesk;
  log: Log;
  /** Why the data of a call may not be here, as a sentence; null when it may. */
  refusal: { of(start: CallStart): string | null };
  /** Keeps the record of a call that ended at the edge, with its jobs due. Doing so again changes nothing. */
  archive(call: ArchivedCall): Promise<void>;
  /** Who answers a number, as the edge needs to know it. */
  agentFor(number: string): AgentConfig;
}

/** The log of a call of hours. */
const MAX_ARCHIVE_BYTES = 8 * 1024 * 1024;

const start = z.looseObject({
  callId: z.string().min(1).max(100),
  callSid: z.string().min(1).max(100),
  flow: z.string(),
  startedAt: z.number(),
});
const archived = z.object({
  start,
  entries: z.array(z.looseObject({ seq: z.int().positive(), atMs: z.number(), kind: z.string() })),
  summary: z.looseObject({
    ...start.shape,
    endedAt: z.number(),
    outcome: z.string(),
    turns: z.array(z.unknown()),
  }),
});
const news = z.union([
  z.object({ dialed: z.string() }),
  z.object({ status: z.string() }),
  z.object({ update: callUpdate }),
]);

/** What edges ask and tell over HTTP: records of calls that ended there, who answers a number, what the carrier said of a call. */
export function edgeRoutes(options: EdgeRoutesOptions): HttpRoute[] {
  const { access, host, desk, log } = options;

  async function archive(request: HttpRequest): Promise<HttpResponse> {
    const call = archived.safeParse(jsonOf(request));
    if (!call.success)
      return errorResponse(400, `Send a call's start, entries and summary: ${faults(call.error)}`);
    const { callId, callSid } = call.data.start;
    if (call.data.summary.callId !== callId)
      return errorResponse(400, 'Start and summary are of different calls.');
    const forbidden = options.refusal.of(call.data.start as unknown as CallStart);
    if (forbidden !== null) return errorResponse(403, forbidden);
    // What this node has to write about it may be more, and the records need not know of the call yet.
    if (host.bySid(callSid)?.start.callId === callId || host.isFinishing(callSid)) return isLive();
    try {
      await options.archive(call.data as unknown as ArchivedCall);
      return { status: 204 };
    } catch (error) {
      if (error instanceof CallTakenOver) return isLive();
      log.error({ callId, err: error }, 'The record of a call that ended at the edge could not be kept.');
      return errorResponse(503, 'The record could not be kept. Send it again.');
    }
  }

  async function hear(request: HttpRequest): Promise<HttpResponse> {
    const told = news.safeParse(jsonOf(request));
    if (!told.success) return errorResponse(400, `Send dialed, status or update: ${faults(told.error)}`);
    const callSid = request.params.callSid ?? '';
    if ('dialed' in told.data) await desk.onDialed(callSid, told.data.dialed as DialStatus);
    else if ('status' in told.data) await desk.onStatus(callSid, told.data.status as CallStatus);
    else {
      const call = host.bySid(callSid);
      if (!call) return errorResponse(404, 'The call is not on this node.');
      applyUpdate(call, told.data.update);
    }
    return { status: 204 };
  }

  const guarded = (route: HttpRoute): HttpRoute => ({
    ...route,
    handle: request => access(request) ?? route.handle(request),
  });
  return [
    guarded({ method: 'POST', path: ARCHIVE_PATH, maxBodyBytes: MAX_ARCHIVE_BYTES, handle: archive }),
    guarded({ method: 'POST', path: newsPath(':callSid'), handle: hear }),
    guarded({
      method: 'GET',
      path: `${AGENT_PATH}/:number`,
      handle: ({ params }) => jsonResponse(200, options.agentFor(params.number ?? '')),
    }),
  ];
}

function isLive(): HttpResponse {
  return errorResponse(409, 'The call is live in the cloud; its record is written here.');
}

function jsonOf({ body }: HttpRequest): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}

function faults({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => `${path.join('.')} ${message}`)
    .join('; ')
    .slice(0, 500);
}
