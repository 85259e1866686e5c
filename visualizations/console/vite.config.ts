import { defineConfig } from 'vite';

/** The server that the pages talk to while they are worked on. */
const server = process.env.AYBIZA ?? 'http://127.0.0.1:3000';

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    target: 'es2022',
    // Everything is a file of the server's own: its content policy allows no `data:` scripts.
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/api': { target: server, ws: true } } },
});
