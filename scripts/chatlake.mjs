#!/usr/bin/env node
// The command `chatlake`, from a clone or from the image.
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(main)) {
  console.error('chatlake: not built yet; run npm start once, or npm run build');
  process.exit(1);
}
await import(main.href);
