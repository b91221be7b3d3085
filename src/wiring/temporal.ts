/** How every process reaches Temporal: as its official tools read the environment (address, TLS, API key, profile file). */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Config } from './config.ts';

/** Options for Connection and NativeConnection alike. */
export const temporalConnection = (config: Config) =>
  loadClientConnectConfig({ overrideEnvVars: { ...config.temporal } }).connectionOptions;
