/** Facts about gzip files. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The uncompressed size a gzip file of one member names in its last four bytes (RFC 1952, ISIZE; modulo 2^32). */
export function gzipUncompressedSize(path: string): number {
  const file = openSync(path, 'r');
  try {
    const trailer = Buffer.alloc(4);
    readSync(file, trailer, 0, 4, fstatSync(file).size - 4);
    return trailer.readUInt32LE(0);
  } finally {
    closeSync(file);
  }
}
