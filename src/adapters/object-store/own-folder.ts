/** Folders with people's data on the local disk: this user's alone, or none at all. */
import { lstat, mkdir } from 'node:fs/promises';
import { SetupError } from '../../domain/errors.ts';

const WRITABLE_BY_OTHERS = 0o022;

/** Makes the folder where it is missing. Throws SetupError where it is a link, somebody else's, or others may write into it. */
export async function ownFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const { mode, uid, isDirectory } = await lstat(path).then((found) => ({
    mode: found.mode,
    uid: found.uid,
    isDirectory: found.isDirectory(),
  }));
  const own = process.getuid === undefined || process.getuid() === uid;
  if (isDirectory && own && (mode & WRITABLE_BY_OTHERS) === 0) return;
  throw new SetupError(
    `The folder ${path} (WORK_DIR) is a link, another user's, or others may write into it: what is read from there could be theirs. Nothing was read; set WORK_DIR to a folder of your own, or: chmod 700 it.`,
  );
}
