/** Begins the pages: asks how the lake stands, shows what the address says, and keeps it up to date. */
import { start } from './start.ts';

const root = document.querySelector<HTMLElement>('#app');
if (root !== null) void start(root);
