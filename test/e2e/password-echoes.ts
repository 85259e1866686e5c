import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

const READ_PASSWORD = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);

/** A PostgreSQL and a Redis that refuse every password and quote it. */
export async function passwordEchoes() {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };

  const postgres = createServer(socket => {
    keep(socket);
    socket.on('data', message => {
      // The first message of a session has no type; a password's is `p`.
      if (message[0] !== 0x70) {
        socket.write(READ_PASSWORD);
        return;
      }
      const password = message.subarray(5, -1).toString();
      heard.push(password);
      socket.end(postgresError(`password authentication failed with "${password}"`));
    });
  });
  const redis = createServer(socket => {
    keep(socket);
    socket.on('data', message => {
      const words = message.toString().split('\r\n');
      const password = words[words.findIndex(word => word.toUpperCase() === 'AUTH') + 4];
      if (words.some(word => word.toUpperCase() === 'AUTH') && password) heard.push(password);
      socket.write(`-WRONGPASS invalid username-password pair: ${words.join(' ')}\r\n`);
    });
  });
  const ports = await Promise.all([listen(postgres), listen(redis)]);

  return {
    postgresPort: ports[0],
    redisPort: ports[1],
    passwords: () => heard,
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([postgres, redis].map(server => new Promise(resolve => server.close(resolve))));
    },
  };
}

function postgresError(text: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C28P01\0M${text}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

function listen(server: Server): Promise<number> {
  return new Promise(resolve =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );
}
