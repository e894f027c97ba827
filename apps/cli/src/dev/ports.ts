import { createServer } from 'node:net';

/** Whether nobody listens on this port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** The port that people know if it is free, else 0: any. For services that are addressed through the banner anyway. */
export async function preferred(port: number): Promise<number> {
  return (await isFree(port)) ? port : 0;
}
