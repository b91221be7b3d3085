/** The built page: read once, served from memory. Assets have their hash in their name and never change. */
import { readFile, readdir } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { text } from '../domain/text.ts';
import { PAGES, pathOf } from './api.ts';
import { NOTHING, refuse } from './guard.ts';

/** Where the build leaves it, beside the compiled server and beside its source. */
export const PAGE_FOLDER = fileURLToPath(new URL('../../dist/page/', import.meta.url));

/** Addresses of the built page; it finds out itself what to show. */
const ROUTES = [...PAGES.map(pathOf), '/login'];
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
};
const INDEX = 'index.html';

/** Adds the page's addresses and files. Where it is not built, its addresses say so. */
export async function addPage(app: FastifyInstance, folder: string): Promise<void> {
  const files = new Map<string, Buffer>();
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of names) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && extname(path) in TYPES)
      files.set(relative(folder, path).replaceAll('\\', '/'), await readFile(path));
  }
  const send = (reply: FastifyReply, name: string): FastifyReply => {
    const body = files.get(name);
    if (body === undefined && name === INDEX)
      return refuse(reply, [
        503,
        text(
          'The pages are not built: run npm run build, then start again.',
          'As páginas não foram construídas: rode npm run build e inicie de novo.',
        ),
      ]);
    if (body === undefined) return refuse(reply, NOTHING);
    const isHashed = /-[\w-]{8}\.\w+$/.test(name);
    return reply
      .type(TYPES[extname(name)] ?? 'application/octet-stream')
      .header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      .send(body);
  };
  for (const path of ROUTES) app.get(path, (_request, reply) => send(reply, INDEX));
  app.get<{ Params: { '*': string } }>('/*', (request, reply) => send(reply, request.params['*']));
}
