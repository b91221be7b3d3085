/** What `.chatlake/stack.json` holds: enough for any other tool to connect. It carries secrets: keep it at mode 0600. */
export interface StackFile {
  /** `ui` is empty when the server was given by address and its UI is not known. */
  readonly temporal: {
    readonly address: string;
    readonly ui: string;
    readonly namespace: string;
    readonly taskQueue: string;
  };
  /** `endpoint` is `file:///abs/dir` where a local directory stands in for S3; the keys are empty then. */
  readonly s3: {
    readonly endpoint: string;
    readonly region: string;
    readonly bucket: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  readonly mongodb: { readonly uri: string; readonly database: string };
  /** `webSocketUrl` is empty when the broker was given by a TCP address. */
  readonly stomp: {
    readonly url: string;
    readonly webSocketUrl: string;
    readonly login: string;
    readonly passcode: string;
    readonly destination: string;
  };
}

/** One row of the table every start prints: what was taken for a part, where it came from, and why that one. */
export interface PartChoice {
  readonly part: 'Temporal' | 'S3' | 'MongoDB' | 'ActiveMQ';
  readonly chosen: string;
  readonly version: string;
  readonly origin: string;
  readonly licence: string;
  readonly address: string;
  readonly why: string;
}

/** How to start. `dir` holds all data (made with mode 0700); `preferredPorts` tries the well-known ports first. */
export interface StartOptions {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  readonly preferredPorts: boolean;
}

/** All four parts, ready for clients. `stop` may be called more than once. */
export interface RunningParts {
  readonly stack: StackFile;
  readonly choices: PartChoice[];
  readonly notes: string[];
  stop(): Promise<void>;
}
