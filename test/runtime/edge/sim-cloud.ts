import { CallHost } from '../../../runtime/call-host.ts';
import type { SimulatedClock } from '../../../runtime/clock.ts';
import type { HttpRequest, Socket } from '../../../runtime/cloud/transport.ts';
import type { CloudSocket, CloudSocketListener } from '../../../runtime/edge/cloud-link.ts';
import type { CallCopy } from '../../../runtime/edge/relay-messages.ts';
import { MemoryJournal } from '../../../src/rehearsal/memory-journal.ts';
import { Secret } from '../../../src/secret.ts';
import { edgeAccess } from '../../../src/telephony/edge-access.ts';
import { type EdgeSocket, edgeSocket, type Relay } from '../../../src/telephony/edge-socket.ts';
import { callStart, quietLog } from '../../harness/sim-call.ts';
import { type SimParts, simHost } from './sim-parts.ts';

export const SECRET = 'edge-and-cloud-know-this';

/** A cloud node: the product's own socket for edges over the product's own host, behind a network that takes its time. */
export class SimCloud {
  readonly url: string;
  readonly host: CallHost;
  readonly journal = new MemoryJournal();
  readonly door: EdgeSocket;
  /** One way, in ms. */
  latencyMs = 5;
  isUp = true;
  isOpen = true;
  /** Says nothing from now on. */
  isMute = false;
  /** Texts that came from edges, in order. */
  readonly received: string[] = [];
  readonly #clock: SimulatedClock;
  readonly #connections = new Set<Connection>();

  constructor(
    url: string,
    clock: SimulatedClock,
    parts: SimParts,
    { takeOver, completed }: { takeOver: TakeOver; completed(copy: CallCopy): void },
  ) {
    this.url = url;
    this.#clock = clock;
    this.host = new CallHost({ ...simHost(clock, parts), journal: this.journal, node: url });
    this.door = edgeSocket({
      access: edgeAccess(new Secret(SECRET)),
      host: this.host,
      clock,
      log: quietLog,
      isOpen: () => this.isOpen,
      mayReturn: () => this.isOpen,
      refusal: { ofNew: () => null, of: () => null },
      mustFit() {},
      begin: (wish, socket, streamSid) =>
        this.host.begin(callStart({ ...wish, callId: `cloud-${wish.callSid}` }), socket, streamSid),
      takeOver: callSid => takeOver(callSid, this.host),
      isOurs: async () => true,
      complete: async copy => completed(copy),
    });
  }

  async connect(listener: CloudSocketListener): Promise<CloudSocket> {
    await new Promise<void>(resolve => this.#clock.setTimeout(resolve, 2 * this.latencyMs));
    if (!this.isUp) throw new Error('nobody is there');
    const authorized = this.door.authorize({
      headers: { authorization: `Bearer ${SECRET}` },
    } as unknown as HttpRequest);
    if ('refuse' in authorized) throw new Error('refused');
    const connection = new Connection(this, this.#clock, authorized.accept, listener);
    this.#connections.add(connection);
    this.door.opened?.(connection.nodes);
    return connection.edges;
  }

  /** The machine is gone: nothing more comes or goes. */
  die(): void {
    this.isUp = false;
    for (const connection of this.#connections) connection.snap();
  }

  /** The machine is unplugged: nobody is told. */
  vanish(): void {
    this.isUp = false;
    this.isMute = true;
  }

  /** The edge is gone: the node sees its relays close, and the edge sees nothing. */
  edgeDied(): void {
    for (const connection of this.#connections) connection.lose();
  }

  forget(connection: Connection): void {
    this.#connections.delete(connection);
  }
}

export type TakeOver = (
  callSid: string,
  host: CallHost,
) => ReturnType<Parameters<typeof edgeSocket>[0]['takeOver']>;

/** Both ends of one WebSocket; what is said arrives a moment later, in order. */
class Connection {
  readonly edges: CloudSocket;
  readonly nodes: Socket<Relay>;
  readonly #cloud: SimCloud;
  readonly #clock: SimulatedClock;
  readonly #listener: CloudSocketListener;
  #isOpen = true;

  constructor(cloud: SimCloud, clock: SimulatedClock, data: Relay, listener: CloudSocketListener) {
    this.#cloud = cloud;
    this.#clock = clock;
    this.#listener = listener;
    this.edges = {
      send: text => this.#later(() => this.#toNode(text)),
      close: (code, reason) =>
        this.#later(() => this.#end(() => cloud.door.closed(this.nodes, code, reason))),
    };
    this.nodes = {
      data,
      bufferedBytes: 0,
      send: message => {
        if (!this.#isOpen) return 'dropped';
        if (!cloud.isMute) this.#later(() => this.#isOpen && listener.message(String(message)));
        return 'sent';
      },
      close: (code, reason) => {
        this.#later(() =>
          this.#end(() => {
            if (!cloud.isMute) listener.closed(code, reason);
            cloud.door.closed(this.nodes, code, reason);
          }),
        );
      },
    };
  }

  snap(): void {
    this.#end(() => this.#later(() => this.#listener.closed(1006, '')));
  }

  lose(): void {
    this.#end(() => this.#cloud.door.closed(this.nodes, 1006, ''));
  }

  #toNode(text: string): void {
    if (!this.#isOpen) return;
    this.#cloud.received.push(text);
    this.#cloud.door.message(this.nodes, Buffer.from(text), false);
  }

  #end(tell: () => void): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#cloud.forget(this);
    tell();
  }

  #later(run: () => void): void {
    this.#clock.setTimeout(run, this.#cloud.latencyMs);
  }
}
