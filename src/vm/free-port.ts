import { createServer } from 'node:net';

/**
 * A TCP port that nothing listens on at 127.0.0.1 right now. QEMU takes it a moment later; if another program was
 * faster, QEMU ends at once and says so.
 */
export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port was given'));
        else resolve(address.port);
      });
    });
  });
}
